/* Processes, from fork to wait. */
#include "process.h"
#include "memory.h"
#include "syscall.h"

enum { FIRST_ID = 300, LAST_ID = 1 << 22 }; /* as Linux has them; the first only when they begin anew */

static struct list processes = { &processes, &processes };
static struct process *first; /* it has all children that nobody else has, and the machine ends with it */
static unsigned count;

struct process *process_find(int pid)
{
	struct list *at;

	for (at = processes.next; at != &processes; at = at->next) {
		struct process *process = CONTAINER(at, struct process, in_all);

		if (process->pid == pid)
			return process;
	}
	return NULL;
}

void process_each(void (*visit)(struct process *process, void *context), void *context)
{
	struct list *at, *next;

	for (at = processes.next; at != &processes; at = next) {
		next = at->next;
		visit(CONTAINER(at, struct process, in_all), context);
	}
}

unsigned process_count(void)
{
	return count;
}

struct id {
	int number;
	bool used;
};

static void find_id(struct process *process, void *wanted)
{
	struct id *id = wanted;
	struct list *at;

	id->used |= process->pid == id->number || process->group == id->number || process->session == id->number;
	for (at = process->threads.next; at != &process->threads; at = at->next)
		id->used |= CONTAINER(at, struct thread, in_process)->tid == id->number;
}

int process_new_id(void)
{
	static bool begun_anew;
	static int last;
	struct id id;

	do {
		begun_anew |= last == LAST_ID;
		id = (struct id){ last = last < LAST_ID ? last + 1 : FIRST_ID, false };
		if (begun_anew)
			process_each(find_id, &id);
	} while (id.used);
	return id.number;
}

struct process *process_new(struct process *parent)
{
	struct process *process = memory_alloc(sizeof *process);

	if (!process)
		return NULL;
	if (parent) {
		*process = *parent;
		process->directory = node_hold(parent->directory);
		files_copy(process, parent);
	} else {
		process->directory = node_hold(tree_root());
		process->mask = 022;
	}
	process->pid = process_new_id();
	process->parent = parent;
	process->vm = NULL;
	process->pending = 0;
	process->ending = process->ended = false;
	process->only = NULL;
	process->started = arch_time();
	list_init(&process->children);
	list_init(&process->threads);
	list_init(&process->in_children);
	queue_init(&process->changed);
	list_append(&processes, &process->in_all);
	count++;
	if (!first)
		first = process;
	if (parent)
		list_append(&parent->children, &process->in_children);
	return process;
}

void process_free(struct process *process)
{
	list_remove(&process->in_children);
	list_remove(&process->in_all);
	count--;
	memory_free(process, sizeof *process);
}

void process_add_thread(struct process *process, struct thread *thread, int tid)
{
	thread->tid = tid;
	thread->process = process;
	list_append(&process->threads, &thread->in_process);
	vm_enter(thread, process->vm);
}

void process_release_vm(struct process *process)
{
	if (process->vm)
		vm_drop(process->vm);
	process->vm = NULL;
}

void process_give_up(struct process *process)
{
	process_release_vm(process);
	files_end(process);
	node_drop(process->directory);
	process->directory = NULL;
}

/* ---------------------------------------------------------------- the end */

/* Who is left behind is the first process's. */
static void give_children_away(struct process *process)
{
	while (!list_empty(&process->children)) {
		struct process *child = CONTAINER(process->children.next, struct process, in_children);

		list_remove(&child->in_children);
		child->parent = first;
		list_append(&first->children, &child->in_children);
	}
	queue_wake(&first->changed, SIZE_MAX);
}

static void end(struct process *process)
{
	if (process == first)
		arch_off(process->status == 0 ? ARCH_OFF_WELL : ARCH_OFF_BADLY);
	process_give_up(process);
	give_children_away(process);
	process->ended = true;
	signal_process(process->parent, SIGCHLD);
	queue_wake(&process->parent->changed, SIZE_MAX);
}

static void find_youngest(struct process *process, void *youngest)
{
	if (process != first && !process->ended)
		*(struct process **)youngest = process;
}

bool process_make_way(void)
{
	struct process *youngest = NULL;

	if (current->process == first)
		process_each(find_youngest, &youngest); /* in the order of their making */
	if (!youngest)
		return false;
	signal_process(youngest, SIGKILL);
	thread_yield();
	return true;
}

/* Linux ignores whether the word can be written. */
static void clear_word(uint64_t address)
{
	static const uint32_t zero;

	if (address != 0 && put_word(um_addr_of(address), &zero, sizeof zero) == 0)
		futex_wake(address, 1);
}

void process_thread_exit(int code)
{
	struct process *process = current->process;

	clear_word(current->clear_tid);
	vm_leave(current);
	list_remove(&current->in_process);
	if (list_empty(&process->threads)) {
		if (!process->ending)
			process->status = (code & 0xff) << 8;
		end(process);
	} else {
		queue_wake(&process->changed, SIZE_MAX);
	}
	current->process = NULL;
	thread_end();
}

static void interrupt_threads(struct process *process)
{
	struct list *at;

	for (at = process->threads.next; at != &process->threads; at = at->next)
		thread_interrupt(CONTAINER(at, struct thread, in_process));
}

void process_exit(int status)
{
	struct process *process = current->process;

	if (!process->ending)
		process->status = status;
	process->ending = true;
	interrupt_threads(process);
	process_thread_exit(0);
}

bool process_thread_must_end(const struct thread *thread)
{
	const struct process *process = thread->process;

	return process->ending || (process->only && process->only != thread);
}

void process_check_end(void)
{
	if (process_thread_must_end(current))
		process_thread_exit(0);
}

void process_only(void)
{
	struct process *process = current->process;

	process->only = current;
	interrupt_threads(process);
	while (process->threads.next->next != &process->threads)
		(void)thread_sleep(&process->changed, UINT64_MAX, UNTIL_WOKEN);
	process->only = NULL;
}
