/* The one table of statuses; the contract is in status.h. */
#include <usermem/status.h>

/* Linux's numbers, written out: the core has no errno.h. */
enum { ERRNO_PERM = 1, ERRNO_SRCH = 3, ERRNO_INTR = 4, ERRNO_2BIG = 7, ERRNO_AGAIN = 11, ERRNO_NOMEM = 12,
       ERRNO_FAULT = 14, ERRNO_INVAL = 22, ERRNO_NAMETOOLONG = 36, ERRNO_OPNOTSUPP = 95 };

struct description {
	int errno_value;
	const char *name;
	const char *text;
};

static const struct description descriptions[] = {
	[UM_OK] = { 0, "UM_OK", "done" },
	[UM_UNMAPPED] = { ERRNO_FAULT, "UM_UNMAPPED", "nothing is mapped there" },
	[UM_DENIED] = { ERRNO_FAULT, "UM_DENIED", "mapped, but not for this kind of access" },
	[UM_BUS] = { ERRNO_FAULT, "UM_BUS", "mapped, but what backs it cannot supply it" },
	[UM_RANGE] = { ERRNO_FAULT, "UM_RANGE", "outside the address space" },
	[UM_WINDOW] = { ERRNO_FAULT, "UM_WINDOW", "more was asked than the window holds" },
	[UM_WOULD_FAULT] = { ERRNO_FAULT, "UM_WOULD_FAULT", "not present, and waiting for it was ruled out" },
	[UM_MISALIGNED] = { ERRNO_INVAL, "UM_MISALIGNED", "not aligned as a single access must be" },
	[UM_INVALID] = { ERRNO_INVAL, "UM_INVALID", "the request makes no sense" },
	[UM_TOO_LONG] = { ERRNO_NAMETOOLONG, "UM_TOO_LONG", "no terminator within the limit" },
	[UM_TOO_BIG] = { ERRNO_2BIG, "UM_TOO_BIG", "more than there is room for, or unknown fields that are not zero" },
	[UM_NO_MEMORY] = { ERRNO_NOMEM, "UM_NO_MEMORY", "no memory to back the page" },
	[UM_GONE] = { ERRNO_SRCH, "UM_GONE", "whose memory it was exists no more" },
	[UM_REFUSED] = { ERRNO_PERM, "UM_REFUSED", "the host does not allow it" },
	[UM_AGAIN] = { ERRNO_AGAIN, "UM_AGAIN", "lost the race too often, try again" },
	[UM_INTERRUPTED] = { ERRNO_INTR, "UM_INTERRUPTED", "the wait for a page was given up" },
	[UM_STOPPED] = { 0, "UM_STOPPED", "the visitor took less than it was shown" },
	[UM_UNSUPPORTED] = { ERRNO_OPNOTSUPP, "UM_UNSUPPORTED", "this kind of address space cannot do that" },
};

static const struct description unknown = { ERRNO_FAULT, "UM_?", "no status of this library" };

static const struct description *describe(enum um_status status)
{
	size_t index = (size_t)status;

	return index < sizeof descriptions / sizeof descriptions[0] ? &descriptions[index] : &unknown;
}

int um_errno(enum um_status status)
{
	return describe(status)->errno_value;
}

const char *um_status_name(enum um_status status)
{
	return describe(status)->name;
}

const char *um_status_text(enum um_status status)
{
	return describe(status)->text;
}
