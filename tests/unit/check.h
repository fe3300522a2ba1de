/* What the tests of floors 4 and 5 share: cmocka, and a result compared in one line. */
#ifndef USERMEM_TESTS_CHECK_H
#define USERMEM_TESTS_CHECK_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <usermem/spaces/audit.h>
#include <usermem/spaces/bytes.h>

#define CHECK_RESULT(result, done_, status_, side_) \
	do { \
		struct um_result check_result_ = (result); \
		assert_string_equal(um_status_name(check_result_.status), um_status_name(status_)); \
		assert_int_equal(check_result_.done, done_); \
		assert_int_equal(check_result_.side, side_); \
	} while (0)
#define CHECK(result, done_, status_) CHECK_RESULT(result, done_, status_, UM_ONLY_SIDE)
#define CHECK_STATUS(status, expected) assert_string_equal(um_status_name(status), um_status_name(expected))

/* Bytes that differ from their neighbours, and are never zero. */
static inline void pattern(void *to, size_t n, unsigned seed)
{
	size_t i;

	for (i = 0; i < n; i++)
		((unsigned char *)to)[i] = (unsigned char)(1 + (seed + i * 7) % 251);
}

static inline bool all(const void *at, size_t n, unsigned char byte)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (((const unsigned char *)at)[i] != byte)
			return false;
	return true;
}

/* A space over bytes at a few addresses that are all its program may use (law 3). */
static inline void limit_bytes(struct um_bytes *bytes, void *data, size_t size, uint64_t first, uint64_t last)
{
	um_bytes_init(bytes, data, size);
	bytes->space.first = um_addr_of(first);
	bytes->space.last = um_addr_of(last);
}

/* A ledger that is large enough for these tests. */
struct watched {
	struct um_audit audit;
	struct um_audit_entry ledger[512];
};

static inline struct um_space *watch(struct watched *watched, struct um_space *inner)
{
	um_audit_init(&watched->audit, inner, NULL, 0, watched->ledger, sizeof watched->ledger / sizeof watched->ledger[0]);
	um_audit_call_begin(&watched->audit, "test");
	return &watched->audit.space;
}

/* Law 9, of everything since watch(). */
static inline void assert_single_fetch(struct watched *watched)
{
	bool complete;

	assert_int_equal(um_audit_call_end(&watched->audit, &complete), 0);
	assert_true(complete);
}

#endif
