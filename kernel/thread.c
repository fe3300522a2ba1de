/* Threads in turn, on one processor. */
#include "thread.h"
#include "memory.h"
#include "pmap.h"
#include "process.h"

static struct list ready = { &ready, &ready }, asleep = { &asleep, &asleep };
static struct thread *ended; /* its stack was in use until another thread ran */
static uint64_t slice_end;

struct thread *current;

/* ---------------------------------------------------------------- life */

static void bury(void)
{
	struct thread *thread = ended;

	ended = NULL;
	if (thread)
		thread_free(thread);
}

static void begin(void *argument)
{
	struct thread *thread = argument;

	bury();
	thread->entry(thread->argument);
	panic("a thread came back from its entry");
}

struct thread *thread_new(void (*entry)(void *), void *argument)
{
	struct thread *thread = memory_alloc(sizeof *thread);

	if (!thread)
		return NULL;
	thread->stack = memory_alloc(KERNEL_STACK);
	if (!thread->stack) {
		memory_free(thread, sizeof *thread);
		return NULL;
	}
	thread->frame = (struct arch_frame *)(void *)((char *)thread->stack + KERNEL_STACK) - 1;
	thread->entry = entry;
	thread->argument = argument;
	list_init(&thread->in_process);
	list_init(&thread->in_queue);
	list_init(&thread->in_sleep);
	arch_context_init(&thread->context, thread->frame, begin, thread);
	return thread;
}

void thread_free(struct thread *thread)
{
	memory_free(thread->stack, KERNEL_STACK);
	memory_free(thread, sizeof *thread);
}

/* ---------------------------------------------------------------- turns */

void thread_ready(struct thread *thread)
{
	list_append(&ready, &thread->in_queue);
}

/* The clock strikes when the slice ends, or somebody is to be woken before. */
static void set_timer(void)
{
	uint64_t time = slice_end;
	struct list *at;

	for (at = asleep.next; at != &asleep; at = at->next) {
		struct thread *thread = CONTAINER(at, struct thread, in_sleep);

		if (thread->deadline < time)
			time = thread->deadline;
	}
	arch_timer(time);
}

static void switch_to(struct thread *next)
{
	struct thread *before = current;

	slice_end = arch_time() + SLICE;
	set_timer();
	if (next == before)
		return;
	current = next;
	arch_stack(next->frame + 1);
	if (next->process && next->process->vm)
		pmap_use(&next->process->vm->mm.pmap);
	arch_switch(&before->context, &next->context);
	bury();
}

/* The current thread is in a queue, or nowhere any more. */
static void switch_away(void)
{
	struct list *first;

	while (list_empty(&ready)) {
		slice_end = arch_time() + SLICE;
		set_timer();
		arch_wait();
	}
	first = ready.next;
	list_remove(first);
	switch_to(CONTAINER(first, struct thread, in_queue));
}

void thread_yield(void)
{
	thread_ready(current);
	switch_away();
}

void thread_start(void)
{
	static struct thread first;

	current = &first;
	switch_away();
	panic("the first thread came back");
}

void thread_end(void)
{
	ASSERT(!ended);
	ended = current;
	switch_away();
	panic("a thread lives on");
}

/* ---------------------------------------------------------------- waiting */

static void wake(struct thread *thread, enum wake why)
{
	list_remove(&thread->in_sleep);
	list_remove(&thread->in_queue);
	thread->woken = why;
	thread->asleep = false;
	thread_ready(thread);
}

static bool is_disturbed(const struct thread *thread, enum sleep sleep)
{
	return sleep == UNTIL_SIGNALLED ? signal_due(thread) : sleep == UNTIL_KILLED && signal_ends(thread);
}

enum wake thread_sleep(struct queue *queue, uint64_t deadline, enum sleep sleep)
{
	if (is_disturbed(current, sleep))
		return INTERRUPTED;
	if (deadline <= arch_time())
		return TIMED_OUT;
	current->asleep = true;
	current->sleep = sleep;
	current->deadline = deadline;
	list_append(&asleep, &current->in_sleep);
	list_append(&queue->waiting, &current->in_queue);
	switch_away();
	return current->woken;
}

size_t queue_wake(struct queue *queue, size_t most)
{
	size_t count = 0;

	for (; count < most && !list_empty(&queue->waiting); count++)
		wake(CONTAINER(queue->waiting.next, struct thread, in_queue), WOKEN);
	return count;
}

void thread_interrupt(struct thread *thread)
{
	if (thread->asleep && is_disturbed(thread, thread->sleep))
		wake(thread, INTERRUPTED);
}

void thread_tick(void)
{
	uint64_t now = arch_time();
	struct list *at, *next;

	for (at = asleep.next; at != &asleep; at = next) {
		struct thread *thread = CONTAINER(at, struct thread, in_sleep);

		next = at->next;
		if (thread->deadline <= now)
			wake(thread, TIMED_OUT);
	}
	set_timer();
}

bool thread_slice_over(void)
{
	return arch_time() >= slice_end;
}

/* The clock strikes for programs alone: here it is asked whom it would wake. */
bool thread_go_on(void)
{
	if (thread_slice_over()) {
		trap_timer(NULL);
		thread_yield();
	}
	return !signal_ends(current);
}
