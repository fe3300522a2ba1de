/* process_vm_readv and process_vm_writev of a process on itself. */
#include <linux/uio.h>

#include "groups.h"
#include "line.h"

enum { LISTED = LIST_END - LIST - 1 }; /* pages of the good side; the arrays are on the last */

static uint64_t self;

struct side {
	struct iovec entries[2];
};

struct sides {
	struct side local, remote;
};

static int64_t call(bool writes, const uint64_t given[6])
{
	return sys_call(writes ? __NR_process_vm_writev : __NR_process_vm_readv, given);
}

static void begin(bool writes, const char *what)
{
	line_begin("remote");
	line_name(writes ? "writev" : "readv");
	line_name(what);
}

/* Two entries on one side, the first good and the second by each pointer; the other side has room for all. */
static void try_side(bool writes, bool is_remote)
{
	static const uint64_t lengths[] = { 0, 1, 17, 100, 4097, 8192, 0x7ffff001, INT64_MAX, UINT64_MAX };
	const uint64_t array = PAGE_AT(LIST_END - 1), first = writes == is_remote ? PAGE_AT(RO - 1) : PAGE_AT(RO);
	const struct pointer *pointer;
	int64_t result;
	size_t i;

	for (i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		for (pointer = pointers; pointer->name != NULL; pointer++) {
			const struct side bad = { { { .iov_base = (void *)(first + 3), .iov_len = 29 },
				{ .iov_base = (void *)pointer_at(pointer, lengths[i]), .iov_len = lengths[i] } } };
			const struct side good = { { { .iov_base = (void *)PAGE_AT(LIST), .iov_len = 13 },
				{ .iov_base = (void *)(PAGE_AT(LIST) + 100), .iov_len = LISTED * PAGE - 100 } } };
			const struct sides sides = { .local = is_remote ? good : bad, .remote = is_remote ? bad : good };

			begin(writes, is_remote ? "remote" : "local");
			line_name(pointer->name);
			line_number(lengths[i]);
			arena_place(array, &sides, sizeof sides);
			result = call(writes, (const uint64_t[6]){ self, array, 2, array + offsetof(struct sides, remote), 2 });
			arena_withdraw(array, &sides, sizeof sides);
			line_end(result);
		}
	}
}

/* Good entries in arrays that lie at each of the pointers. */
static void try_arrays(bool writes)
{
	const struct iovec entries[2] = { { .iov_base = (void *)PAGE_AT(LIST), .iov_len = 50 }, { .iov_base = (void *)PAGE_AT(LIST + 1), .iov_len = 60 } };
	const struct iovec others[2] = { { .iov_base = (void *)PAGE_AT(LIST + 2), .iov_len = 70 }, { .iov_base = (void *)PAGE_AT(LIST + 3), .iov_len = 30 } };
	const struct pointer *pointer;
	int64_t result;
	uint64_t i, at;

	for (pointer = pointers; pointer->name != NULL; pointer++) {
		for (i = 0; i < 6; i++) {
			begin(writes, i % 2 ? "remote-array" : "local-array");
			line_name(pointer->name);
			line_number(i / 2);
			at = pointer_at(pointer, i / 2 * sizeof entries[0]);
			arena_place(at, entries, i / 2 * sizeof entries[0]);
			result = i % 2 ? call(writes, (const uint64_t[6]){ self, ADDRESS(others), 2, at, i / 2 }) :
				call(writes, (const uint64_t[6]){ self, at, i / 2, ADDRESS(others), 2 });
			arena_withdraw(at, entries, i / 2 * sizeof entries[0]);
			line_end(result);
		}
	}
}

/* Counts of entries, flags, and processes that are not. */
static void try_numbers(bool writes)
{
	static const uint64_t counts[] = { 0, 1, 1024, 1025, INT32_MAX, 1ull << 31, UINT32_MAX, 1ull << 32, (1ull << 32) + 1, UINT64_MAX };
	static const uint64_t processes[] = { 0, 0x3fffffff, INT32_MAX, 1ull << 31, UINT64_MAX };
	static struct iovec entries[1024];
	size_t i;

	for (i = 0; i < 1024; i++)
		entries[i] = (struct iovec){ .iov_base = (void *)(PAGE_AT(RW) + i * 5), .iov_len = 3 };
	for (i = 0; i < 2 * sizeof counts / sizeof counts[0]; i++) {
		begin(writes, i % 2 ? "remote-count" : "local-count");
		line_number(counts[i / 2]);
		line_end(call(writes, (const uint64_t[6]){ self, ADDRESS(entries), i % 2 ? 1024 : counts[i / 2], ADDRESS(entries), i % 2 ? counts[i / 2] : 1024 }));
	}
	for (i = 0; i < 2; i++) {
		begin(writes, "flags");
		line_number(1ull << i * 40);
		line_end(call(writes, (const uint64_t[6]){ self, ADDRESS(entries), 1, ADDRESS(entries + 1), 1, 1ull << i * 40 }));
	}
	for (i = 0; i < sizeof processes / sizeof processes[0]; i++) {
		begin(writes, "process");
		line_number(processes[i]);
		line_end(call(writes, (const uint64_t[6]){ processes[i], ADDRESS(entries), 1, ADDRESS(entries + 1), 1 }));
	}
}

void try_remote(void)
{
	int writes;

	self = (uint64_t)CALL(getpid);
	for (writes = 0; writes < 2; writes++) {
		try_side(writes, false);
		try_side(writes, true);
		try_arrays(writes);
		try_numbers(writes);
	}
}
