/* System calls by number. */
#include "syscall.h"
#include <linux/errno.h>
#include "thread.h"

enum { NUMBERS = 512 };

static const struct syscall_table *const tables[] = {
	&calls_file, &calls_path, &calls_pipe, &calls_poll, &calls_memory, &calls_process, &calls_exec, &calls_signal,
	&calls_futex, &calls_time, &calls_system, &calls_sched, &calls_remote, &calls_stat,
};

static syscall_fn *by_number[NUMBERS];

void syscall_init(void)
{
	size_t i, j;

	for (i = 0; i < COUNT(tables); i++) {
		for (j = 0; j < tables[i]->count; j++) {
			const struct syscall *call = &tables[i]->calls[j];

			ASSERT(call->number < NUMBERS && !by_number[call->number]);
			by_number[call->number] = call->call;
		}
	}
}

long put_word(um_addr to, const void *word, size_t size)
{
	struct um_result result = um_populate(user(), (struct um_range){ to, size }, UM_WRITE, 0);

	if (result.status == UM_OK)
		result = um_copy_out(user(), to, word, size, 0);
	return failed(result.status);
}

long syscall(uint64_t number, const uint64_t *arguments)
{
	if (number >= NUMBERS || !by_number[number])
		return -ENOSYS;
	return by_number[number](arguments);
}
