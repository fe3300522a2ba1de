/*
 * Runs programs on a world and on the model, and compares after every step: result, status, side, the kernel's buffer
 * and all of memory.
 *
 * A program is a string of bytes; every 16 of them are an operation, whatever they are.
 */
#ifndef USERMEM_TESTS_DRIVER_H
#define USERMEM_TESTS_DRIVER_H

#include <usermem/cursor.h>
#include <usermem/spaces/audit.h>
#include <usermem/spaces/bytes.h>
#include <usermem/spaces/share.h>
#include "model.h"

enum {
	OP_BYTES = 16,
	OPS_MAX = 256, /* of a program; what is behind them is not run */
	KERNEL = 1,    /* the place that is a bytes space of the driver's own */
	SHARE = 3,     /* the first of the places that are shares of place 0 */
	SHARES = PLACES - SHARE,
	KERNEL_PAGES = 3,
	KERNEL_FRAME = FRAMES - KERNEL_PAGES,
	ROOM = WINDOW + 2 * PAGE,
	BUFFER_MAX = WINDOW + PAGE, /* of a kernel buffer: the rest of the room is looked at for strays */
	CURSORS = 3,
};

struct drive;

/*
 * Where a program runs.  Place 0 is the world's space; place 2, where it has one, is a second view.
 */
struct world {
	const char *name;
	const char *why; /* it cannot be had here */
	const char *without; /* what of it cannot be had here */
	um_addr base;    /* of place 0 */
	bool (*open)(struct world *world);
	/* Begins a program: pages, limits and promises of places 0 and 2 are filled in, whose bytes are those of the model's frames. */
	void (*reset)(struct world *world, struct model *model, uint32_t seed);
	/* Ends it.  False: something is wrong (why), such as memory that was not freed.  NULL: nothing to do. */
	bool (*end)(struct world *world);
	/* Makes a page like *wish, as near as the world can, and the model too.  NULL: pages stay as they are. */
	void (*shape)(struct world *world, struct drive *drive, unsigned place, unsigned page, struct model_page wish, uint32_t seed);
	/* Something of the world's own.  NULL: nothing. */
	void (*act)(struct world *world, struct drive *drive, unsigned what, uint32_t seed);
	/* The bytes behind a page, past the space; NULL: they cannot be seen as things stand. */
	const unsigned char *(*seen)(struct world *world, unsigned place, unsigned page);
	/* After an operation: what else must be so.  NULL: nothing. */
	void (*after)(struct world *world, struct drive *drive);
	/* Before an operation: which pages are there, for UM_NOFAULT?  NULL: the model knows. */
	void (*look)(struct world *world, struct model *model);
	void (*close)(struct world *world);
	struct um_space *space[PLACES]; /* NULL: no such place */
	bool check_sees_bus; /* um_check knows where a file ends */
	bool inhabited;      /* far from the window there is other memory, which a made-up address may name */
};

struct op {
	unsigned code, place, flags, a, b;
	uint64_t addr, n;
	unsigned other_place;
	uint64_t other;
	uint32_t seed;
};

struct held { /* what the model knows of a cursor */
	bool used;
	struct model_ask ask;
	struct model_list list;
};

struct lender { /* what the model knows of an owner */
	uint64_t generation, shared_end;
	bool alive;
};

struct loan { /* and of a share */
	struct model_loan is;
	unsigned lender;
	uint64_t generation, changes;
};

struct drive {
	struct world *world;
	struct model model;
	struct um_space *space[PLACES];
	bool audited;
	struct um_audit audit;
	struct um_audit_entry ledger[512];
	struct um_bytes kernel;
	_Alignas(PAGE) unsigned char kernel_bytes[KERNEL_PAGES * PAGE];
	/* The kernel's buffer: the library's, the model's, and what is given to either. */
	_Alignas(64) unsigned char got[ROOM], want[ROOM], give[ROOM];
	size_t at; /* where it begins */
	struct um_reader reader[CURSORS];
	struct um_writer writer[CURSORS];
	struct held reads[CURSORS], writes[CURSORS];
	struct um_range arena[2 * OPS_MAX][LIST]; /* the lists that cursors hold */
	size_t arenas;
	struct um_owner owner[SHARES];
	struct um_share share[SHARES];
	struct lender lender[SHARES];
	struct loan loan[SHARES];
	unsigned char pristine[FRAMES][PAGE]; /* of this world: what frames are filled with */
	bool filled;
	const char *call;
	bool twice;      /* the operation may fetch a byte twice */
	bool failed, verbose;
	char why[256];
	uint64_t operations; /* since the drive was made */
};

/* False, and drive->why says it: the world is not what the model is.  The drive was zeroed, and its world is open. */
bool drive_run(struct drive *drive, struct world *world, bool audited, const unsigned char *program, size_t length);

/* For operations. */
typedef void operation(struct drive *drive, const struct op *op);
extern operation op_copy_in, op_copy_out, op_fill, op_string, op_atomic, op_word, op_get, op_compare, op_find, op_zero, op_check,
	op_populate, op_struct_in, op_struct_out, op_body;
extern operation op_ranges_in, op_ranges_out, op_ranges_fill, op_visit, op_iovec, op_terminated, op_strings, op_numbers, op_copy;
extern operation op_slice, op_read, op_read_value, op_read_string, op_reader, op_write, op_write_value, op_writer, op_transfer, op_share;

void share_reset(struct drive *drive);
bool drive_on_bus(const struct drive *drive, unsigned place); /* has it a page whose backing cannot supply it? */

struct model_ask drive_ask(struct drive *drive, const struct op *op, unsigned place);
uint32_t drive_random(uint32_t *seed);
uint64_t drive_addr(const struct drive *drive, unsigned place, unsigned kind, unsigned offset);
uint64_t drive_length(unsigned kind, unsigned value);
size_t drive_list(const struct drive *drive, const struct op *op, unsigned place, struct um_range list[LIST]);
/* n bytes of some kind: noise, zeroes, text, digits, addresses, an iovec. */
void drive_content(const struct drive *drive, unsigned kind, uint32_t seed, unsigned char *to, size_t n);

void drive_fail(struct drive *drive, const char *format, ...) __attribute__((format(printf, 2, 3)));
void drive_note(struct drive *drive, const char *format, ...) __attribute__((format(printf, 2, 3)));
void drive_expect(struct drive *drive, struct um_result got, struct um_result want);
void drive_expect_side(struct drive *drive, struct um_result got, struct um_result want);
void drive_expect_number(struct drive *drive, const char *what, uint64_t got, uint64_t want);

#endif
