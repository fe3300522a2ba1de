/* The threads that are traced, and the processes they make up. */
#include "trace.h"
#include "process.h"
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1024 };

static struct task *buckets[BUCKETS];

static struct task **bucket(pid_t tid)
{
	return &buckets[(unsigned)tid % BUCKETS];
}

struct task *task_find(pid_t tid)
{
	struct task *task = *bucket(tid);

	while (task && task->tid != tid)
		task = task->next;
	return task;
}

struct task *task_walk(struct task *after)
{
	unsigned i = 0;

	if (after) {
		if (after->next)
			return after->next;
		i = (unsigned)after->tid % BUCKETS + 1;
	}
	while (i < BUCKETS && !buckets[i])
		i++;
	return i < BUCKETS ? buckets[i] : NULL;
}

/* The process that thread tid belongs to; tid itself if that cannot be told. */
static pid_t process_id(pid_t tid)
{
	char value[16];

	return process_field(tid, "Tgid", value, sizeof value) ? atoi(value) : tid;
}

static struct process *process_get(pid_t pid)
{
	struct process *process;

	for (struct task *task = task_walk(NULL); task; task = task_walk(task))
		if (task->process->pid == pid)
			return task->process;
	process = calloc(1, sizeof *process);
	if (process)
		process->pid = pid;
	return process;
}

struct task *task_get(struct tracer *tracer, pid_t tid)
{
	struct task *task = task_find(tid);

	if (task)
		return task;
	task = calloc(1, sizeof *task);
	if (!task)
		return NULL;
	task->tid = tid;
	task->process = process_get(process_id(tid));
	if (!task->process) {
		free(task);
		return NULL;
	}
	task->process->tasks++;
	task->next = *bucket(tid);
	*bucket(tid) = task;
	tracer->task_count++;
	return task;
}

static void unlink_task(struct task *task)
{
	struct task **at = bucket(task->tid);

	while (*at != task)
		at = &(*at)->next;
	*at = task->next;
}

void task_forget_arguments(struct task *task)
{
	for (unsigned i = 0; i < CALL_ARGS; i++) {
		json_decref(task->values[i]);
		task->values[i] = NULL;
	}
	/* A long line's room is not kept for every one of many threads. */
	if (task->text.room > 4096)
		text_free(&task->text);
	task->text.used = 0;
	kept_free(&task->kept);
	task->entered = false;
}

void task_end(struct tracer *tracer, struct task *task)
{
	unlink_task(task);
	task_forget_arguments(task);
	text_free(&task->text);
	if (--task->process->tasks == 0) {
		process_changed(task->process);
		free(task->process);
	}
	free(task);
	tracer->task_count--;
}

void task_rename(struct tracer *tracer, struct task *task, pid_t tid)
{
	struct task *other = task_find(tid);

	if (other && other != task)
		task_end(tracer, other);
	unlink_task(task);
	task->tid = tid;
	task->next = *bucket(tid);
	*bucket(tid) = task;
}

struct um_space *process_memory(struct process *process)
{
	if (!process->open && process->missing == UM_OK) {
		process->missing = um_remote_open(&process->remote, process->pid, UM_REMOTE_HELD);
		process->open = process->missing == UM_OK;
	}
	return process->open ? &process->remote.space : NULL;
}

void process_changed(struct process *process)
{
	if (process->open)
		um_close(&process->remote.space);
	process->open = false;
	process->missing = UM_OK;
}
