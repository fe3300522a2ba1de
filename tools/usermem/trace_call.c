/* A system call on its way from the table to a line. */
#include "machine.h"
#include "trace.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { RESULT_COLUMN = 40, NAME_ROOM = 64 };
/* What the kernel tells a tracer alone: the call will be restarted. */
enum { RESTART_FIRST = 512, RESTART_LAST = 516 };

static const struct call *call_of(const struct task *task)
{
	return task->arch == MACHINE_AUDIT_ARCH ? call_find(task->nr) : NULL;
}

/* A call of another machine's kind (a 32-bit program) has its number, not the name that the number has here. */
static const char *name_text(char *text, size_t size, const struct task *task)
{
	const char *name = task->arch == MACHINE_AUDIT_ARCH ? call_name(task->nr) : NULL;

	if (name)
		snprintf(text, size, "%s", name);
	else if (task->arch == MACHINE_AUDIT_ARCH)
		snprintf(text, size, "syscall_%lu", (unsigned long)task->nr);
	else
		snprintf(text, size, "32-bit:syscall_%lu", (unsigned long)task->nr);
	return text;
}

static void memory_begin(struct tracer *tracer, struct task *task)
{
	struct um_space *space = process_memory(task->process);

	if (space && tracer->options.audit) {
		um_audit_init(&tracer->audit, space, tracer->notes, AUDIT_NOTES, tracer->ledger, SNAPSHOT_PIECES);
		um_audit_call_begin(&tracer->audit, "");
		space = &tracer->audit.space;
	}
	snapshot_begin(&tracer->snapshot, space, task->process->missing);
}

static void memory_end(struct tracer *tracer, struct task *task, bool entering)
{
	char name[NAME_ROOM];
	bool complete;

	if (!tracer->options.audit || !tracer->snapshot.space)
		return;
	audit_twice(tracer, task, name_text(name, sizeof name, task), entering);
	tracer->snapshot.again += um_audit_call_end(&tracer->audit, &complete);
	tracer->snapshot.incomplete |= !complete;
}

static struct decode decode_of(struct tracer *tracer, struct task *task, struct show *show)
{
	struct decode decode = { .show = show, .memory = &tracer->snapshot, .options = &tracer->options, .args = task->args };

	return decode;
}

void call_enters(struct tracer *tracer, struct task *task, const struct entering *entering)
{
	const struct call *call;
	struct show show;
	struct decode decode = decode_of(tracer, task, &show);

	task_forget_arguments(task);
	task->entered = true;
	task->nr = entering->nr;
	task->arch = entering->arch;
	memcpy(task->args, entering->args, sizeof task->args);
	task->shown = call_set_has(&tracer->options.set, task->nr);
	if (!task->shown)
		return;
	tracer->calls++;
	call = call_of(task);
	if (!call)
		return;
	memory_begin(tracer, task);
	for (unsigned i = 0; i < call_count(call, task->args); i++) {
		struct value value = { task->args[i], NULL, 0 };

		if (call->args[i].when == ENTERING) {
			show_begin(&show, tracer->options.json ? NULL : &task->text, tracer->output.colour);
			call->args[i].show(&decode, &call->args[i], value);
			task->values[i] = show.whole;
		}
		task->ends[i] = task->text.used;
	}
	audit_enters(tracer, task, call);
	memory_end(tracer, task, true);
}

/* What the call wrote, or, if it did not, where it should have. */
static void leaving_argument(struct decode *decode, const struct kind *kind, uint64_t number)
{
	struct value value = { number, NULL, 0 };
	bool fault = decode->returned && decode->failed && decode->result == -EFAULT;

	if (decode->returned && (!decode->failed || fault))
		kind->show(decode, kind, value);
	else if (decode->returned && kind->when == LEAVING_EVEN_FAILED) {
		decode->failed = false;
		kind->show(decode, kind, value);
		decode->failed = true;
	} else
		kind_pointer(decode, kind, value);
}

static void argument_text(struct tracer *tracer, struct task *task, struct decode *decode, const struct kind *kind, unsigned i)
{
	size_t start = i ? task->ends[i - 1] : 0;

	if (i)
		text_add(&tracer->line, ", ", 2);
	if (kind && kind->when == ENTERING) {
		text_add(&tracer->line, task->text.data + start, task->ends[i] - start);
		return;
	}
	show_begin(decode->show, &tracer->line, tracer->output.colour);
	if (kind)
		leaving_argument(decode, kind, task->args[i]);
	else
		show_hex(decode->show, task->args[i]);
}

static json_t *argument_json(struct task *task, struct decode *decode, const struct kind *kind, unsigned i)
{
	json_t *value = task->values[i];

	task->values[i] = NULL;
	if (kind && kind->when == ENTERING)
		return value;
	show_begin(decode->show, NULL, false);
	if (kind)
		leaving_argument(decode, kind, task->args[i]);
	else
		show_hex(decode->show, task->args[i]);
	return decode->show->whole;
}

static void result_text(struct text *line, const struct call *call, const struct decode *decode, bool colour)
{
	int error = (int)-decode->result;

	if (!decode->returned)
		text_puts(line, "= ?");
	else if (decode->failed && error >= RESTART_FIRST && error <= RESTART_LAST)
		text_puts(line, "= ? ERESTART (interrupted by a signal)");
	else if (decode->failed)
		text_printf(line, "%s= -1 %s (%s)%s", colour ? "\033[31m" : "", strerrorname_np(error) ? strerrorname_np(error) : "?",
		            strerrordesc_np(error) ? strerrordesc_np(error) : "an error without a name", colour ? "\033[m" : "");
	else if (call && call->returns == RETURNS_NUMBER)
		text_printf(line, "= %ld", (long)decode->result);
	else
		text_printf(line, "= 0x%lx", (unsigned long)decode->result);
}

static void call_text(struct tracer *tracer, struct task *task, struct decode *decode)
{
	static const char spaces[RESULT_COLUMN + 1] = "                                        ";
	const struct call *call = call_of(task);
	unsigned count = call ? call_count(call, task->args) : CALL_ARGS;
	struct text *line = &tracer->line;
	char name[NAME_ROOM];
	size_t start;

	line_begin(tracer, task);
	start = line->used;
	text_puts(line, name_text(name, sizeof name, task));
	text_add(line, "(", 1);
	for (unsigned i = 0; i < count; i++)
		argument_text(tracer, task, decode, call ? &call->args[i] : NULL, i);
	text_add(line, ") ", 2);
	if (line->used - start < RESULT_COLUMN)
		text_add(line, spaces, RESULT_COLUMN - (line->used - start));
	result_text(line, call, decode, tracer->output.colour);
	line_end(tracer);
}

static void call_json(struct tracer *tracer, struct task *task, struct decode *decode)
{
	const struct call *call = call_of(task);
	unsigned count = call ? call_count(call, task->args) : CALL_ARGS;
	json_t *line = json_object(), *args = json_array();
	char name[NAME_ROOM];

	json_object_set_new(line, "pid", json_integer(task->tid));
	json_object_set_new(line, "call", json_string(name_text(name, sizeof name, task)));
	for (unsigned i = 0; i < count; i++)
		json_array_append_new(args, argument_json(task, decode, call ? &call->args[i] : NULL, i));
	json_object_set_new(line, "args", args);
	if (decode->returned && decode->failed) {
		const char *error = strerrorname_np((int)-decode->result);

		json_object_set_new(line, "error", error ? json_string(error) : json_integer(-decode->result));
	} else if (decode->returned && call && call->returns == RETURNS_NUMBER)
		json_object_set_new(line, "result", json_integer(decode->result));
	else if (decode->returned)
		json_object_set_new(line, "result", json_address((uint64_t)decode->result));
	else
		json_object_set_new(line, "result", json_null());
	line_json(tracer, line);
}

static void call_ends(struct tracer *tracer, struct task *task, bool returned, int64_t result, bool failed)
{
	struct show show;
	struct decode decode = decode_of(tracer, task, &show);
	char name[NAME_ROOM];

	if (task->entered && task->shown) {
		decode.returned = returned;
		decode.result = result;
		decode.failed = failed;
		memory_begin(tracer, task);
		if (tracer->options.json)
			call_json(tracer, task, &decode);
		else
			call_text(tracer, task, &decode);
		if (returned)
			audit_leaves(tracer, task, name_text(name, sizeof name, task));
		memory_end(tracer, task, false);
	}
	task_forget_arguments(task);
}

void call_leaves(struct tracer *tracer, struct task *task, int64_t result, bool failed)
{
	call_ends(tracer, task, true, result, failed);
}

void call_abandoned(struct tracer *tracer, struct task *task)
{
	call_ends(tracer, task, false, 0, false);
}
