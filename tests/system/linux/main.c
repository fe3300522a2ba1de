/*
 * Thousands of system calls with pointers that are wrong in every way, a line for each: a static program that is to
 * print the same on Linux and on the reference kernel.
 *
 * It runs as process 1 of an initramfs that has an empty /tmp and /empty, and /link, a symbolic link to "target"; or, given the argument "run", as any process
 * whose root is such a folder.  The last line is "end N lines".
 */
#include <linux/reboot.h>

#include "groups.h"
#include "line.h"

__asm__(".pushsection .text\n .globl _start\n _start:\n" START ".globl sys_spawn\n sys_spawn:\n" SPAWN ".popsection\n");

_Noreturn void start(const uint64_t *stack);

const char *own_path;

static const struct {
	const char *name;
	void (*run)(void);
} groups[] = {
	{ "copies", try_copies },
	{ "files", try_files },
	{ "lists", try_lists },
	{ "remote", try_remote },
	{ "strings", try_strings },
	{ "structs", try_structs },
	{ "growing", try_growing },
	{ "images", try_images },
	{ "memory", try_memory },
	{ "faults", try_faults },
	{ "atomics", try_atomics },
	{ "signals", try_signals },
	{ "others", try_others },
	{ "races", try_races },
};

static void run_groups(void)
{
	size_t i;

	arena_open();
	for (i = 0; i < sizeof groups / sizeof groups[0]; i++)
		groups[i].run();
}

/* As a number and text, without what line.c puts before. */
static void say_end(void)
{
	static char text[] = "end       0 lines\n";
	uint64_t count = line_count();
	size_t at;

	for (at = sizeof "end       0" - 2; count != 0; count /= 10)
		text[at--] = (char)('0' + count % 10);
	CALL(write, 1, ADDRESS(text), sizeof text - 1);
}

void start(const uint64_t *stack)
{
	bool is_first = CALL(getpid) == 1;

	own_path = (const char *)stack[1];
	if (!is_first && (stack[0] != 2 || *(const char *)stack[2] != 'r'))
		show_image(stack);
	run_groups();
	say_end();
	if (is_first)
		CALL(reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_POWER_OFF);
	for (;;)
		CALL(exit_group, 0);
}
