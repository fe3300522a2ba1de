/* Lines, and those of them that are no calls: signals, stops, ends, the summary. */
#include "trace.h"
#include "trace_layouts.h"
#include "trace_names.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

void line_begin(struct tracer *tracer, const struct task *task)
{
	tracer->line.used = 0;
	if (tracer->options.follow && tracer->task_count > 1)
		text_printf(&tracer->line, "[pid %d] ", (int)task->tid);
}

void line_end(struct tracer *tracer)
{
	text_add(&tracer->line, "\n", 1);
	output_add(&tracer->output, tracer->line.data, tracer->line.used);
	output_line_ends(&tracer->output);
}

void line_json(struct tracer *tracer, json_t *line)
{
	char *text = json_dumps(line, JSON_COMPACT);

	json_decref(line);
	if (!text)
		return;
	output_add(&tracer->output, text, strlen(text));
	output_add(&tracer->output, "\n", 1);
	output_line_ends(&tracer->output);
	free(text);
}

/* What is no call is told apart by colour. */
void print_note(struct tracer *tracer, const struct task *task, const char *text)
{
	bool colour = tracer->output.colour;

	line_begin(tracer, task);
	text_printf(&tracer->line, "%s%s%s", colour ? "\033[33m" : "", text, colour ? "\033[m" : "");
	line_end(tracer);
}

static void siginfo_show(struct show *show, const siginfo_t *info)
{
	bool child = info->si_signo == SIGCHLD && info->si_code > 0;
	const struct kind code = { .about = child ? names_child_code : names_signal_code };
	struct decode decode = { .show = show };

	show_open(show, '{');
	show_name(show, "si_signo");
	show_word(show, signal_name(info->si_signo));
	show_name(show, "si_code");
	kind_enum(&decode, &code, (struct value){ (uint64_t)info->si_code, NULL, sizeof info->si_code });
	if (info->si_signo == SIGCHLD || info->si_code <= 0) {
		show_name(show, "si_pid");
		show_signed(show, info->si_pid);
		show_name(show, "si_uid");
		show_unsigned(show, info->si_uid);
	} else if (info->si_signo == SIGSEGV || info->si_signo == SIGBUS || info->si_signo == SIGILL || info->si_signo == SIGFPE) {
		show_name(show, "si_addr");
		show_hex(show, (uint64_t)info->si_addr);
	}
	if (info->si_signo == SIGCHLD) {
		show_name(show, "si_status");
		show_signed(show, info->si_status);
	}
	show_close(show, '}');
}

void print_signal(struct tracer *tracer, struct task *task, const siginfo_t *info)
{
	struct text text = { 0 };
	struct show show;
	json_t *line;

	show_begin(&show, tracer->options.json ? NULL : &text, false);
	if (tracer->options.json) {
		siginfo_show(&show, info);
		line = json_object();
		json_object_set_new(line, "pid", json_integer(task->tid));
		json_object_set_new(line, "signal", json_string(signal_name(info->si_signo)));
		json_object_set_new(line, "info", show.whole);
		line_json(tracer, line);
		return;
	}
	text_printf(&text, "--- %s ", signal_name(info->si_signo));
	siginfo_show(&show, info);
	text_add(&text, " ---", sizeof " ---");
	print_note(tracer, task, text.data ? text.data : "");
	text_free(&text);
}

static void print_event(struct tracer *tracer, struct task *task, const char *key, json_t *value, const char *text)
{
	if (tracer->options.json) {
		json_t *line = json_object();

		json_object_set_new(line, "pid", json_integer(task->tid));
		json_object_set_new(line, key, value);
		line_json(tracer, line);
	} else {
		json_decref(value);
		print_note(tracer, task, text);
	}
}

void print_stop(struct tracer *tracer, struct task *task, int number)
{
	char text[64];

	snprintf(text, sizeof text, "--- stopped by %s ---", signal_name(number));
	print_event(tracer, task, "stopped", json_string(signal_name(number)), text);
}

void print_end(struct tracer *tracer, struct task *task, int wait_status)
{
	char text[64];

	if (WIFEXITED(wait_status)) {
		snprintf(text, sizeof text, "+++ exited with %d +++", WEXITSTATUS(wait_status));
		print_event(tracer, task, "exited", json_integer(WEXITSTATUS(wait_status)), text);
		return;
	}
	snprintf(text, sizeof text, "+++ killed by %s%s +++", signal_name(WTERMSIG(wait_status)), WCOREDUMP(wait_status) ? " (core dumped)" : "");
	print_event(tracer, task, "killed", json_string(signal_name(WTERMSIG(wait_status))), text);
}

static void summary_json(struct tracer *tracer)
{
	const struct snapshot *memory = &tracer->snapshot;
	json_t *summary = json_object(), *faults = json_object();

	json_object_set_new(summary, "calls", json_integer((json_int_t)tracer->calls));
	json_object_set_new(summary, "fetches", json_integer((json_int_t)memory->fetches));
	json_object_set_new(summary, "bytes", json_integer((json_int_t)memory->bytes));
	for (unsigned i = 0; i < STATUSES; i++)
		if (memory->faults[i])
			json_object_set_new(faults, um_status_name(i), json_integer((json_int_t)memory->faults[i]));
	json_object_set_new(summary, "faults", faults);
	if (tracer->options.audit) {
		json_object_set_new(summary, "changed_arguments", json_integer((json_int_t)tracer->changed));
		json_object_set_new(summary, "calls_not_compared", json_integer((json_int_t)tracer->uncompared));
		json_object_set_new(summary, "fetched_twice", memory->incomplete ? json_null() : json_integer((json_int_t)memory->again));
	}
	line_json(tracer, json_pack("{s:o}", "summary", summary));
}

void print_summary(struct tracer *tracer)
{
	const struct snapshot *memory = &tracer->snapshot;
	const char *between = "; faults: ";

	if (tracer->options.json) {
		summary_json(tracer);
		return;
	}
	tracer->line.used = 0;
	text_printf(&tracer->line, "usermem trace: %lu calls, %lu fetches, %lu bytes", (unsigned long)tracer->calls, (unsigned long)memory->fetches,
	            (unsigned long)memory->bytes);
	for (unsigned i = 0; i < STATUSES; i++) {
		if (memory->faults[i] == 0)
			continue;
		text_printf(&tracer->line, "%s%lu %s", between, (unsigned long)memory->faults[i], um_status_text(i));
		between = "; ";
	}
	if (tracer->options.audit)
		text_printf(&tracer->line, "; %lu arguments changed while their call was under way", (unsigned long)tracer->changed);
	if (tracer->uncompared)
		text_printf(&tracer->line, " (%lu calls could not be compared whole)", (unsigned long)tracer->uncompared);
	if (tracer->options.audit && memory->incomplete)
		text_puts(&tracer->line, "; the audit's ledger was too small");
	else if (tracer->options.audit)
		text_printf(&tracer->line, "; %lu bytes fetched twice within a stop", (unsigned long)memory->again);
	line_end(tracer);
}
