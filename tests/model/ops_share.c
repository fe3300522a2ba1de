/* Lent memory: two owners over the world's space, two shares, and everything that the driver does through them. */
#include <string.h>
#include "driver.h"

void share_reset(struct drive *d)
{
	unsigned i;

	memset(d->owner, 0, sizeof d->owner);
	memset(d->lender, 0, sizeof d->lender);
	memset(d->loan, 0, sizeof d->loan);
	for (i = 0; i < SHARES; i++) {
		struct model_place *place = &d->model.place[SHARE + i];

		um_owner_start(&d->owner[i], d->space[0]);
		d->lender[i] = (struct lender){ .generation = 1, .alive = true };
		um_share_init(&d->share[i]);
		d->space[SHARE + i] = &d->share[i].space;
		*place = (struct model_place){ .last = um_addr_of(UINT64_MAX), .can = 255, .loan = &d->loan[i].is };
	}
}

static bool lives(const struct drive *d, const struct loan *loan)
{
	return d->lender[loan->lender].alive && d->lender[loan->lender].generation == loan->generation;
}

/* What the swap must say, in its order. */
static enum um_status judge(struct drive *d, unsigned lender, unsigned access, struct um_range range)
{
	struct model_ask ask = { &d->model, 0, 0 };
	unsigned can = d->model.place[0].can;

	if (access > 3 || (access == 0 && range.length != 0))
		return UM_INVALID;
	if (!d->lender[lender].alive)
		return UM_GONE;
	if (access & UM_WRITE && !(can & UM_CAN_WRITE))
		return UM_UNSUPPORTED;
	if (range.length == 0)
		return UM_OK;
	if (!model_within(&ask, range) || range.length > UINT64_MAX - range.start.value)
		return UM_RANGE;
	return can & UM_CAN_CHECK ? model_check(&ask, range, access).status : UM_OK;
}

static void swap(struct drive *d, const struct op *op, unsigned number, unsigned lender)
{
	struct loan *loan = &d->loan[number];
	unsigned access = op->a % 32 < 26 ? op->a % 32 % 3 + 1 : op->a % 32 - 26;
	struct um_range range = { { op->addr }, op->n }, got, back = { { 0 }, 0 };
	struct model_place *place = &d->model.place[SHARE + number];
	enum um_status want, status;

	if (op->place != 0) /* another's address means little in the owner's space */
		range.start.value = d->model.place[0].base.value + op->addr % WINDOW;
	if (!d->world->check_sees_bus && drive_on_bus(d, 0))
		return;
	got = range;
	want = judge(d, lender, access, range);
	status = um_share_swap(&d->share[number], &d->owner[lender], access, &got);
	drive_note(d, "swap of %u, lender %u, access %u, %#llx %#llx: %s", number, lender, access, (unsigned long long)range.start.value,
	           (unsigned long long)range.length, um_status_name(want));
	drive_expect(d, (struct um_result){ 0, status, 0 }, (struct um_result){ 0, want, 0 });
	if (want != UM_OK)
		back = range;
	else if (loan->is.present && loan->lender == lender && lives(d, loan))
		back = loan->is.range;
	drive_expect_number(d, "what was lent", got.start.value, back.start.value);
	drive_expect_number(d, "length of what was lent", got.length, back.length);
	if (want != UM_OK)
		return;
	*loan = (struct loan){ { access != 0, false, 0, range, access }, lender, d->lender[lender].generation, loan->changes + 1 };
	place->can = access != 0 ? d->model.place[0].can : 255;
	if (range.length != 0 && range.start.value + range.length > d->lender[lender].shared_end)
		d->lender[lender].shared_end = range.start.value + range.length;
}

void op_share(struct drive *d, const struct op *op)
{
	unsigned number = op->b % SHARES, lender = op->b / 2 % 3 == 0, i;
	uint64_t end = op->other;
	struct lender *who = &d->lender[lender];

	switch (op->b >> 4) {
	case 0:
		um_owner_end(&d->owner[lender]);
		*who = (struct lender){ .generation = who->generation };
		break;
	case 1: case 2: case 3:
		um_owner_start(&d->owner[lender], d->space[0]);
		*who = (struct lender){ .generation = who->generation + 1, .alive = true };
		break;
	default:
		swap(d, op, number, lender);
	}
	for (i = 0; i < SHARES; i++) {
		struct loan *loan = &d->loan[i];
		bool present = loan->is.present && lives(d, loan);

		loan->is.gone = loan->is.present && !present;
		drive_expect_number(d, "present", um_share_present(&d->share[i]), present);
		drive_expect_number(d, "length", um_share_length(&d->share[i]), present ? loan->is.range.length : 0);
		drive_expect_number(d, "changes", d->share[i].changes, loan->changes);
	}
	drive_expect_number(d, "may shrink", um_owner_may_shrink(&d->owner[lender], um_addr_of(end)), !who->alive || end >= who->shared_end);
}
