/* The reference kernel's console: what is typed, what is echoed, what is read, and who is interrupted. */
#include "check.h"
#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <process.h>
#include <syscall.h>

/* ---------------------------------------------------------------- what the kernel supplies */

static const char *typed = "";     /* comes while somebody waits */
static char shown[16384];
static size_t shown_length;
static int interrupted;            /* the signal that the foreground got */
static unsigned char memory[256];  /* of the program */
static struct thread program;

struct thread *current = &program;
struct queue poll_queue;

int arch_get(void)
{
	return *typed != '\0' ? (unsigned char)*typed++ : -1;
}

void arch_put(char c)
{
	shown[shown_length++] = c;
}

enum wake thread_sleep(struct queue *queue, uint64_t deadline, enum sleep sleep)
{
	(void)queue;
	(void)deadline;
	assert_int_equal(sleep, UNTIL_SIGNALLED);
	if (*typed == '\0')
		return INTERRUPTED;
	console_input();
	return WOKEN;
}

static bool killed;

bool thread_go_on(void)
{
	return !killed;
}

size_t queue_wake(struct queue *queue, size_t most)
{
	(void)queue;
	return most;
}

void process_each(void (*visit)(struct process *process, void *context), void *context)
{
	static struct process processes[2] = { { .group = 1 }, { .group = 7 } };

	visit(&processes[0], context);
	visit(&processes[1], context);
}

void signal_process(struct process *process, int number)
{
	interrupted = process->group * 100 + number;
}

/* ---------------------------------------------------------------- a program at the terminal */

static struct file console = { .ops = &console_ops };

static long set_mode(unsigned command, struct termios *mode)
{
	memcpy(memory, mode, sizeof *mode);
	return console_ops.ioctl(&console, command, um_addr_of(0));
}

static struct termios get_mode(void)
{
	struct termios mode;

	assert_int_equal(console_ops.ioctl(&console, TCGETS, um_addr_of(0)), 0);
	memcpy(&mode, memory, sizeof mode);
	return mode;
}

static struct termios first_mode;

static int start(void **state)
{
	(void)state;
	um_bytes_init((struct um_bytes *)(void *)&program.view, memory, sizeof memory); /* as far as the console sees */
	if (first_mode.c_lflag == 0)
		first_mode = get_mode();
	typed = "";
	set_mode(TCSETSF, &first_mode);
	console.flags = O_RDWR;
	shown_length = 0;
	interrupted = 0;
	killed = false;
	return 0;
}

/* What one read of n bytes gets, where the program has `mapped` of them. */
static long read_cut(char *text, size_t n, size_t mapped)
{
	struct um_bytes space;
	struct um_slice slice;
	struct um_writer to;

	um_bytes_init(&space, text, mapped);
	slice = um_slice_of(&space.space, um_addr_of(0), n, 0);
	to = um_slice_writer(&slice);
	return console_ops.read(&console, &to, 0);
}

static void demand_read(size_t n, const char *text)
{
	char got[256] = "";

	assert_int_equal(read_cut(got, n, n), strlen(text));
	assert_string_equal(got, text);
}

static void demand_shown(const char *text)
{
	shown[shown_length] = '\0';
	assert_string_equal(shown, text);
}

static void type(const char *text)
{
	typed = text;
	console_input();
}

/* ---------------------------------------------------------------- lines */

static void test_line_by_line(void **state)
{
	(void)state;
	type("one\rtwo\nthr");
	demand_read(100, "one\n");
	demand_read(2, "tw");
	demand_read(100, "o\n");
	typed = "ee\r";
	demand_read(100, "three\n");
	demand_shown("one\r\ntwo\r\nthree\r\n");
}

static void test_edited(void **state)
{
	(void)state;
	type("ab\x7f\x7f\x7fxy\x15gone\x15o\x01\x7fk\r");
	demand_read(100, "ok\n");
	demand_shown("ab\b \b\b \bxy\b \b\b \bgone\b \b\b \b\b \b\b \bo^A\b \b\b \bk\r\n");
}

/* ^D is the end where it is first, and else only sends what is there. */
static void test_end(void **state)
{
	(void)state;
	type("part\x04\x7f\x04next\r"); /* what was sent is not erased */
	demand_read(100, "part");
	demand_read(100, "");
	demand_read(100, "next\n");
}

static void test_waits(void **state)
{
	char byte;

	(void)state;
	type("no line yet");
	assert_int_equal(read_cut(&byte, 1, 1), -RESTART);
	assert_int_equal(read_cut(&byte, 0, 0), 0);
	console.flags |= O_NONBLOCK;
	assert_int_equal(read_cut(&byte, 1, 1), -EAGAIN);
	assert_false(console_ops.poll(&console) & 1 /* POLLIN */);
	type("\r");
	assert_true(console_ops.poll(&console) & 1);
	demand_read(100, "no line yet\n");
}

/* More than there is room for is dropped, and the line that was there can be read. */
static void test_too_much(void **state)
{
	char got[8192];
	unsigned i;

	(void)state;
	for (i = 0; i < 5000; i++) {
		shown_length = 0;
		type("x");
	}
	type("\r");
	assert_int_equal(read_cut(got, sizeof got, sizeof got), 4096);
	assert_true(all(got, 4096, 'x'));
	type("y\r");
	demand_read(100, "y\n");
}

static void test_fault(void **state)
{
	char got[100];

	(void)state;
	type("a line of text\r");
	assert_int_equal(read_cut(got, sizeof got, 6), 6);
	type("another\r");
	assert_int_equal(read_cut(got, sizeof got, 0), -EFAULT);
}

/* ---------------------------------------------------------------- signals and modes */

static void test_interrupts_the_foreground(void **state)
{
	int32_t group = 7;

	(void)state;
	type("forgotten\x03");
	assert_int_equal(interrupted, 100 + SIGINT);
	demand_shown("forgotten^C");
	memcpy(memory, &group, sizeof group);
	assert_int_equal(console_ops.ioctl(&console, TIOCSPGRP, um_addr_of(0)), 0);
	type("\x1c");
	assert_int_equal(interrupted, 700 + SIGQUIT);
	type("kept\r");
	demand_read(100, "kept\n");
	group = 5;
	memcpy(memory, &group, sizeof group);
	assert_int_equal(console_ops.ioctl(&console, TIOCSPGRP, um_addr_of(0)), -ESRCH);
	group = -1;
	memcpy(memory, &group, sizeof group);
	assert_int_equal(console_ops.ioctl(&console, TIOCSPGRP, um_addr_of(0)), -EINVAL);
	assert_int_equal(console_ops.ioctl(&console, TIOCGPGRP, um_addr_of(0)), 0);
	memcpy(&group, memory, sizeof group);
	assert_int_equal(group, 7);
}

/* A byte at a time, and the same bytes are no more than bytes. */
static void test_raw(void **state)
{
	struct termios mode = first_mode;

	(void)state;
	type("left");
	mode.c_lflag &= ~(unsigned)(ICANON | ECHO | ISIG);
	mode.c_iflag &= ~(unsigned)ICRNL;
	set_mode(TCSETS, &mode);
	demand_read(100, "left");
	shown_length = 0;
	type("\x03\x04\x7f\r");
	demand_read(3, "\x03\x04\x7f");
	demand_read(100, "\r");
	demand_shown("");
	assert_int_equal(interrupted, 0);
	mode.c_cc[VMIN] = 0;
	set_mode(TCSETS, &mode);
	demand_read(100, "");
}

static void test_ioctl(void **state)
{
	struct termios mode = first_mode;

	(void)state;
	assert_int_equal(console_ops.ioctl(&console, TCGETS, um_addr_of(sizeof memory - 1)), -EFAULT);
	assert_int_equal(console_ops.ioctl(&console, TCSETS, um_addr_of(sizeof memory - 1)), -EFAULT);
	assert_int_equal(console_ops.ioctl(&console, TIOCGWINSZ, um_addr_of(UINT64_MAX)), -EFAULT);
	assert_int_equal(console_ops.ioctl(&console, 12345, um_addr_of(0)), -ENOTTY);
	type("dropped\r");
	set_mode(TCSETSF, &mode);
	type("kept\r");
	set_mode(TCSETSW, &mode);
	demand_read(100, "kept\n");
}

/* What is much is written piece by piece, for a program that is killed goes no further than the piece that it is at. */
static void test_written(void **state)
{
	char text[5000];
	struct um_bytes space;
	struct um_slice slice;
	struct um_reader from;
	unsigned i;

	(void)state;
	memset(text, 't', sizeof text);
	um_bytes_init(&space, text, sizeof text);
	for (i = 0; i < 2; i++) {
		killed = i == 1;
		shown_length = 0;
		slice = um_slice_of(&space.space, um_addr_of(0), sizeof text, 0);
		from = um_slice_reader(&slice);
		assert_int_equal(console_ops.write(&console, &from, 0), killed ? 2048 : sizeof text);
		assert_int_equal(shown_length, killed ? 2048 : sizeof text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_line_by_line, start),
		cmocka_unit_test_setup(test_edited, start),
		cmocka_unit_test_setup(test_end, start),
		cmocka_unit_test_setup(test_waits, start),
		cmocka_unit_test_setup(test_too_much, start),
		cmocka_unit_test_setup(test_fault, start),
		cmocka_unit_test_setup(test_interrupts_the_foreground, start),
		cmocka_unit_test_setup(test_raw, start),
		cmocka_unit_test_setup(test_ioctl, start),
		cmocka_unit_test_setup(test_written, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
