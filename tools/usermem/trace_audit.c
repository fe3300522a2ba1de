/* trace --audit: what was fetched twice, and which arguments changed while their call was under way. */
#include "trace.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that are equal again between two changes are told with them; and a call's changes are told up to so many. */
enum { NEAR = 8, CHANGES_TOLD = 8 };

/* What a stop has found out of one call. */
struct findings {
	struct tracer *tracer;
	const struct task *task;
	const char *name; /* of the call */
	unsigned told;
	unsigned argument; /* the last one that was counted */
};

void audit_enters(struct tracer *tracer, struct task *task, const struct call *call)
{
	struct reach reach = { .memory = &tracer->snapshot, .options = &tracer->options, .args = task->args, .kept = &task->kept };

	if (!tracer->options.audit || !tracer->snapshot.space)
		return;
	for (unsigned i = 0; i < call_count(call, task->args); i++) {
		reach.argument = i + 1;
		if (call->args[i].reach)
			call->args[i].reach(&reach, &call->args[i], task->args[i]);
	}
}

/* How many of the n bytes at addr are alike: the call may write them all, or none of them. */
static size_t alike(const struct kept *kept, uint64_t addr, size_t n, bool *written)
{
	*written = false;
	for (size_t i = 0; i < kept->count; i++) {
		const struct kept_range *range = &kept->ranges[i];

		if (!range->written)
			continue;
		if (addr - range->start < range->length) {
			uint64_t left = range->length - (addr - range->start);

			*written = true;
			return left < n ? (size_t)left : n;
		}
		if (range->start - addr < n)
			n = (size_t)(range->start - addr);
	}
	return n;
}

/* Is this one to be told?  Counts the argument. */
static bool one_more(struct findings *findings, unsigned argument)
{
	if (findings->argument != argument)
		findings->tracer->changed++;
	findings->argument = argument;
	return findings->told++ < CHANGES_TOLD;
}

static json_t *note_json(const struct findings *findings, const char *key, json_t *value)
{
	return json_pack("{s:i, s:s, s:o}", "pid", (int)findings->task->tid, "call", findings->name, key, value);
}

static void show_some(const struct findings *findings, struct show *show, const char *bytes, size_t n)
{
	size_t shown = n < findings->tracer->options.strings ? n : findings->tracer->options.strings;
	struct ending ending = { UM_OK, 0, shown < n };

	show_bytes(show, bytes, shown, ending);
}

/* n bytes of an argument, which were and are now. */
static void tell_change(struct findings *findings, unsigned argument, uint64_t addr, const char *was, const char *now, size_t n)
{
	struct tracer *tracer = findings->tracer;
	struct text text = { 0 };
	struct show show;

	if (!one_more(findings, argument))
		return;
	show_begin(&show, tracer->options.json ? NULL : &text, false);
	if (tracer->options.json) {
		show_open(&show, '{');
		show_name(&show, "argument"), show_unsigned(&show, argument);
		show_name(&show, "address"), show_hex(&show, addr);
		show_name(&show, "length"), show_unsigned(&show, n);
		show_name(&show, "before"), show_some(findings, &show, was, n);
		show_name(&show, "after"), show_some(findings, &show, now, n);
		show_close(&show, '}');
		line_json(tracer, note_json(findings, "changed", show.whole));
		return;
	}
	text_printf(&text, "!!! argument %u of %s changed while it was under way: %zu byte%s at 0x%lx: ", argument, findings->name, n,
	            n == 1 ? "" : "s", (unsigned long)addr);
	show_some(findings, &show, was, n);
	text_puts(&text, " became ");
	show_some(findings, &show, now, n);
	text_add(&text, " !!!", sizeof " !!!");
	print_note(tracer, findings->task, text.data ? text.data : "");
	text_free(&text);
}

/* From addr on an argument cannot be read any more. */
static void tell_loss(struct findings *findings, unsigned argument, uint64_t addr, enum um_status status)
{
	struct tracer *tracer = findings->tracer;
	struct text text = { 0 };

	if (!one_more(findings, argument))
		return;
	if (tracer->options.json) {
		line_json(tracer, note_json(findings, "changed", json_pack("{s:i, s:o}", "argument", (int)argument, "after", json_fault(addr, status))));
		return;
	}
	text_printf(&text, "!!! argument %u of %s changed while it was under way: 0x%lx: %s !!!", argument, findings->name, (unsigned long)addr, um_status_text(status));
	text_add(&text, "", 1);
	print_note(tracer, findings->task, text.data ? text.data : "");
	text_free(&text);
}

/* A hostile program may change every other byte of all that it has. */
static void tell_rest(struct findings *findings)
{
	char text[128];

	if (findings->tracer->options.json) {
		line_json(findings->tracer, note_json(findings, "changed", json_pack("{s:i}", "more", (int)(findings->told - CHANGES_TOLD))));
		return;
	}
	snprintf(text, sizeof text, "!!! and %u more places in the arguments of %s !!!", findings->told - CHANGES_TOLD, findings->name);
	print_note(findings->tracer, findings->task, text);
}

/* Tells the changes among n bytes that the call does not write. */
static void compare_bytes(struct findings *findings, unsigned argument, uint64_t addr, const char *was, const char *now, size_t n)
{
	for (size_t at = 0; at < n; at++) {
		size_t end = at + 1;

		if (was[at] == now[at])
			continue;
		for (size_t i = end; i < n && i - end < NEAR; i++)
			if (was[i] != now[i])
				end = i + 1;
		tell_change(findings, argument, addr + at, was + at, now + at, end - at);
		at = end;
	}
}

/* Returned is how many bytes of the range could be read again, to now; *status is what ended that. */
static size_t read_again(struct tracer *tracer, const struct kept_range *range, struct text *now, enum um_status *status)
{
	char piece[4096];

	now->used = 0;
	*status = UM_OK;
	while (now->used < range->length && *status == UM_OK) {
		size_t left = (size_t)range->length - now->used, before = now->used;
		struct um_result result = snapshot_read(&tracer->snapshot, piece, range->start + before, left < sizeof piece ? left : sizeof piece);

		text_add(now, piece, result.done);
		*status = now->used - before < result.done ? UM_NO_MEMORY : result.status;
	}
	return now->used;
}

static void compare_range(struct findings *findings, const struct kept *kept, const struct kept_range *range, struct text *now)
{
	const char *was = kept->bytes.data + range->at;
	enum um_status status;
	size_t n = read_again(findings->tracer, range, now, &status), step;
	bool written;

	for (size_t at = 0; at < n; at += step) {
		step = alike(kept, range->start + at, n - at, &written);
		if (!written)
			compare_bytes(findings, range->argument, range->start + at, was + at, now->data + at, step);
	}
	if (status == UM_UNMAPPED || status == UM_DENIED || status == UM_BUS)
		tell_loss(findings, range->argument, range->start + n, status);
	else if (status != UM_OK)
		findings->tracer->uncompared++;
}

void audit_leaves(struct tracer *tracer, struct task *task, const char *name)
{
	struct findings findings = { .tracer = tracer, .task = task, .name = name };
	const struct kept *kept = &task->kept;
	struct text now = { 0 };

	if (!tracer->options.audit || !tracer->snapshot.space)
		return;
	for (size_t i = 0; i < kept->count; i++)
		if (!kept->ranges[i].written)
			compare_range(&findings, kept, &kept->ranges[i], &now);
	if (findings.told > CHANGES_TOLD)
		tell_rest(&findings);
	tracer->uncompared += kept->incomplete;
	text_free(&now);
}

void audit_twice(struct tracer *tracer, struct task *task, const char *name, bool entering)
{
	const struct um_audit *audit = &tracer->audit;
	const char *stop = entering ? "entering" : "leaving";
	struct findings findings = { .tracer = tracer, .task = task, .name = name };

	for (size_t i = 0; i < audit->note_count && i < AUDIT_NOTES; i++) {
		const struct um_audit_note *note = &tracer->notes[i];
		char text[256];

		if (tracer->options.json) {
			json_t *value = json_pack("{s:s, s:o, s:I, s:[I,I]}", "stop", stop, "address", json_address(note->addr.value), "length", (json_int_t)note->length,
			                          "accesses", (json_int_t)note->first, (json_int_t)note->second);

			line_json(tracer, note_json(&findings, "fetched_twice", value));
			continue;
		}
		snprintf(text, sizeof text, "!!! %s %s: the tracer fetched %lu bytes at 0x%lx twice, by its accesses %lu and %lu !!!", stop, name, (unsigned long)note->length,
		         (unsigned long)note->addr.value, (unsigned long)note->first, (unsigned long)note->second);
		print_note(tracer, task, text);
	}
}
