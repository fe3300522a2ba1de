/* Futexes: a word of user memory is looked at by the library, once, when it is decided whether to wait. */
#include <linux/errno.h>
#include <linux/futex.h>
#include <asm/unistd.h>
#include <usermem/atomic.h>
#include <usermem/ptr.h>
#include "memory.h"
#include "pmap.h"
#include "process.h"
#include "syscall.h"
#include "time.h"

enum { BUCKETS = 64 };
#define ALL_BITS UINT32_MAX

struct key { /* two words are one futex if it is the same */
	const void *of; /* an address space, or a page that several may have */
	uint64_t at;    /* where in it; in the lowest bit, whether the futex was called private */
};

struct waiter { /* on the stack of who waits */
	struct list in_bucket;
	struct queue queue;
	struct key key;
	uint32_t bits; /* who wakes names one of them */
	bool woken;
};

static struct list buckets[BUCKETS];

/* Of a word that is there.  A shared page that goes may come again as somebody else's: who still waits there is woken for nothing. */
static struct key key_of(uint64_t address, bool private)
{
	struct vm *vm = current->process->vm;
	struct um_mm_page *page = NULL;
	struct um_mapping mapping;
	unsigned access;

	if (!private && um_mm_next(&vm->mm, um_addr_of(address), &mapping) && (mapping.flags & UM_MAP_SHARED))
		page = pmap_ops.find(&vm->mm.pmap, um_addr_of(address), &access);
	return page ? (struct key){ page, address % PAGE } : (struct key){ vm, address | private };
}

static bool is_same(struct key a, struct key b)
{
	return a.of == b.of && a.at == b.at;
}

static struct list *bucket_of(struct key key)
{
	struct list *bucket = &buckets[((uintptr_t)key.of / sizeof(struct um_mm_page) + key.at / 4) % BUCKETS];

	if (!bucket->next)
		list_init(bucket);
	return bucket;
}

/*
 * Wakes as many as `wake`, and of the others moves as many as `move` to wait at `to`.  Who waits there already stays in his place: at the
 * list's end he would be met again, and moved again, as often as the program says.
 */
static long wake_and_move(struct key from, uint32_t bits, uint64_t wake, uint64_t move, struct key to)
{
	struct list *bucket = bucket_of(from), *at, *next;
	uint64_t woken = 0, moved = 0;

	for (at = bucket->next; at != bucket && woken + moved < wake + move; at = next) {
		struct waiter *waiter = CONTAINER(at, struct waiter, in_bucket);

		next = at->next;
		if (!is_same(waiter->key, from) || !(waiter->bits & bits))
			continue;
		if (woken < wake) {
			list_remove(at);
			waiter->woken = true;
			queue_wake(&waiter->queue, 1);
			woken++;
		} else {
			if (!is_same(to, from)) {
				list_remove(at);
				waiter->key = to;
				list_append(bucket_of(to), at);
			}
			moved++;
		}
	}
	return (long)(woken + moved);
}

static long wake_up(struct key key, uint32_t bits, uint64_t most)
{
	return wake_and_move(key, bits, most, 0, key);
}

long futex_wake(uint64_t address, uint64_t most)
{
	return wake_up(key_of(address, false), ALL_BITS, most);
}

static long wait(uint64_t address, bool private, uint32_t expected, uint32_t bits, uint64_t deadline)
{
	struct waiter waiter = { .key = key_of(address, private), .bits = bits };
	enum um_status status;
	enum wake wake;
	uint32_t value;

	status = um_load32(user(), um_addr_of(address), &value, 0);
	if (status != UM_OK)
		return failed(status);
	if (value != expected)
		return -EAGAIN;
	queue_init(&waiter.queue);
	list_append(bucket_of(waiter.key), &waiter.in_bucket);
	wake = thread_sleep(&waiter.queue, deadline, UNTIL_SIGNALLED);
	list_remove(&waiter.in_bucket);
	if (waiter.woken)
		return 0;
	return wake == TIMED_OUT ? -ETIMEDOUT : deadline == UINT64_MAX ? -RESTART : -EINTR;
}

/*
 * A futex that processes may share is the page's, and that must be there: one that may be written or, where it is only looked at, a file's.
 * Linux takes no read-only page of a program's own, which nobody could change.
 */
static bool is_there(uint64_t address, bool private, bool written)
{
	struct um_range word = { um_addr_of(address), 4 };
	struct um_mapping mapping;

	if (um_check(user(), word, 0, 0).status != UM_OK)
		return false;
	if (private || um_populate(user(), word, UM_WRITE, 0).status == UM_OK)
		return true;
	return !written && um_mm_next(&current->process->vm->mm, word.start, &mapping) && mapping.pager &&
	       um_populate(user(), word, UM_READ, 0).status == UM_OK;
}

static long requeue(uint64_t address, bool private, uint64_t wake, uint64_t move, uint64_t to, uint32_t expected)
{
	enum um_status status;
	uint32_t value;

	status = um_load32(user(), um_addr_of(address), &value, 0);
	if (status != UM_OK)
		return failed(status);
	return value == expected ? wake_and_move(key_of(address, private), ALL_BITS, wake, move, key_of(to, private)) : -EAGAIN;
}

/* A time to wait until: FUTEX_WAIT says how long, FUTEX_WAIT_BITSET when. */
static long deadline_of(uint64_t address, bool relative, uint64_t *deadline)
{
	struct __kernel_timespec time;
	struct um_result result;

	*deadline = UINT64_MAX;
	if (address == 0)
		return 0;
	result = um_get(user(), um_ptr_of(timespec_ptr, um_addr_of(address)), &time, 0);
	if (result.status != UM_OK)
		return failed(result.status);
	return time_deadline(time.tv_sec, time.tv_nsec, relative, deadline) ? 0 : -EINVAL;
}

/* What Linux judges before it looks at a word. */
static long judge(unsigned operation, unsigned command, const uint64_t *a)
{
	if ((operation & FUTEX_CLOCK_REALTIME) && command != FUTEX_WAIT_BITSET)
		return -ENOSYS;
	switch (command) {
	case FUTEX_WAIT:
	case FUTEX_WAKE:
		break;
	case FUTEX_WAIT_BITSET:
	case FUTEX_WAKE_BITSET:
		if ((uint32_t)a[5] == 0)
			return -EINVAL;
		break;
	case FUTEX_CMP_REQUEUE:
		if ((int)a[2] < 0 || (int)a[3] < 0)
			return -EINVAL;
		break;
	default:
		return -ENOSYS;
	}
	return a[0] % 4 == 0 ? 0 : -EINVAL;
}

static long call_futex(const uint64_t *a)
{
	unsigned operation = (unsigned)a[1], command = operation & (unsigned)FUTEX_CMD_MASK;
	bool waits = command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET, private = operation & FUTEX_PRIVATE_FLAG;
	uint32_t bits = command == FUTEX_WAIT_BITSET || command == FUTEX_WAKE_BITSET ? (uint32_t)a[5] : ALL_BITS;
	uint64_t deadline = 0;
	long error = waits ? deadline_of(a[3], command == FUTEX_WAIT, &deadline) : 0;

	if (error == 0)
		error = judge(operation, command, a);
	if (error != 0)
		return error;
	if (!is_there(a[0], private, false))
		return -EFAULT;
	if (waits)
		return wait(a[0], private, (uint32_t)a[2], bits, deadline);
	if (command != FUTEX_CMP_REQUEUE)
		return wake_up(key_of(a[0], private), bits, (int)a[2] > 0 ? (uint64_t)(uint32_t)a[2] : 1);
	if (a[4] % 4 != 0)
		return -EINVAL;
	if (!is_there(a[4], private, true))
		return -EFAULT;
	return requeue(a[0], private, (uint32_t)a[2], (uint32_t)a[3], a[4], (uint32_t)a[5]);
}

static const struct syscall calls[] = {
	{ __NR_futex, call_futex },
};
const struct syscall_table calls_futex = SYSCALL_TABLE(calls);
