/*
 * The console: a serial line as a terminal, with as much of a line discipline as a shell needs.  It is the controlling terminal of
 * whoever asks: there are no others, and nobody is stopped for being in the background.
 */
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <asm/ioctls.h>
#include <asm/poll.h>
#include <asm/termbits.h>
#include <asm/termios.h>
#include <usermem/ptr.h>
#include "process.h"
#include "syscall.h"

enum { INPUT = 4096, PIECE_IN = 64, PIECE_OUT = 2048 /* what Linux moves at a time */, END = 256 /* in the input: ^D */ };

UM_DEFINE_PTR_OUT(termios_ptr, struct termios, c_iflag, c_oflag, c_cflag, c_lflag, c_line, c_cc);
UM_DEFINE_PTR_OUT(winsize_ptr, struct winsize, ws_row, ws_col, ws_xpixel, ws_ypixel);

static struct termios mode = {
	.c_iflag = ICRNL | IXON,
	.c_oflag = OPOST | ONLCR,
	.c_cflag = B9600 | CS8 | CREAD | HUPCL | CLOCAL,
	.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
	.c_cc = { [VINTR] = 3, [VQUIT] = 28, [VERASE] = 127, [VKILL] = 21, [VEOF] = 4, [VMIN] = 1, [VSTART] = 17, [VSTOP] = 19,
	          [VSUSP] = 26, [VREPRINT] = 18, [VDISCARD] = 15, [VWERASE] = 23, [VLNEXT] = 22 },
};
static int foreground = 1; /* process group: at first that of the first process */
static uint16_t input[INPUT]; /* a ring: from head to ready are whole lines, from there to tail the one that is being written */
static unsigned head, ready, tail;
static struct queue readers = { { &readers.waiting, &readers.waiting } };

/* ---------------------------------------------------------------- output */

static void put(char c)
{
	if (c == '\n' && (mode.c_oflag & OPOST) && (mode.c_oflag & ONLCR))
		arch_put('\r');
	arch_put(c);
}

static void put_text(const char *text)
{
	while (*text != '\0')
		put(*text++);
}

static long write_console(struct file *file, struct um_reader *from, uint64_t offset)
{
	char text[PIECE_OUT];
	long done = 0;

	(void)file;
	(void)offset;
	do {
		size_t n = um_reader_left(from) < PIECE_OUT ? (size_t)um_reader_left(from) : PIECE_OUT, i;
		struct um_result result = um_read(from, text, n);

		if (result.status != UM_OK)
			return done > 0 ? done : failed(result.status);
		for (i = 0; i < n; i++)
			put(text[i]);
		done += (long)n;
	} while (um_reader_left(from) > 0 && thread_go_on());
	return done;
}

/* ---------------------------------------------------------------- what comes from the line */

static bool is(uint16_t c, unsigned which)
{
	return c != 0 && mode.c_cc[which] == c;
}

static bool is_canonical(void)
{
	return mode.c_lflag & ICANON;
}

static void echo(uint16_t c)
{
	if (!(mode.c_lflag & ECHO))
		return;
	if (c < ' ' && c != '\n' && c != '\t' && (mode.c_lflag & ECHOCTL)) {
		put('^');
		put((char)(c | '@'));
	} else {
		put((char)c);
	}
}

static void commit(void)
{
	ready = tail;
	queue_wake(&readers, SIZE_MAX);
	queue_wake(&poll_queue, SIZE_MAX);
}

static void append(uint16_t c)
{
	if (tail - head < INPUT)
		input[tail++ % INPUT] = c;
}

/* A control character was echoed as two. */
static void erase(void)
{
	if (tail == ready)
		return;
	tail--;
	if ((mode.c_lflag & (ECHO | ECHOE)) == (ECHO | ECHOE))
		put_text(input[tail % INPUT] < ' ' && (mode.c_lflag & ECHOCTL) ? "\b \b\b \b" : "\b \b");
}

static void interrupt_foreground(struct process *process, void *number)
{
	if (process->group == foreground)
		signal_process(process, *(int *)number);
}

/* Is it one that makes a signal?  What was written before is forgotten. */
static bool interrupt(uint16_t c)
{
	int number = is(c, VINTR) ? SIGINT : is(c, VQUIT) ? SIGQUIT : 0;

	if (number == 0 || !(mode.c_lflag & ISIG))
		return false;
	echo(c);
	if (!(mode.c_lflag & NOFLSH))
		head = ready = tail;
	process_each(interrupt_foreground, &number);
	return true;
}

static void edit(uint16_t c)
{
	if (is(c, VERASE)) {
		erase();
	} else if (is(c, VKILL)) {
		while (tail != ready)
			erase();
	} else if (is(c, VEOF)) {
		append(END);
		commit();
	} else {
		echo(c);
		append(c);
		if (c == '\n')
			commit();
	}
}

static void take(uint16_t c)
{
	if (c == '\r' && (mode.c_iflag & ICRNL))
		c = '\n';
	if (interrupt(c))
		return;
	if (is_canonical()) {
		edit(c);
		return;
	}
	echo(c);
	append(c);
	commit();
}

void console_input(void)
{
	int c;

	while ((c = arch_get()) >= 0)
		take((uint16_t)(c & 0xff));
}

/* ---------------------------------------------------------------- reading */

/* Takes at most `most` bytes of what one read gets: a line, which a ^D ends without being seen, or what is there. */
static size_t take_input(char *text, size_t most, bool *ends)
{
	size_t n = 0;

	while (n < most && head != ready && !*ends) {
		uint16_t c = input[head++ % INPUT];

		*ends = is_canonical() && (c == END || c == '\n');
		if (c != END)
			text[n++] = (char)c;
	}
	return n;
}

/* 0: there is input, or none will be waited for. */
static long wait(const struct file *file)
{
	while (head == ready && (is_canonical() || mode.c_cc[VMIN] > 0)) {
		if (file->flags & O_NONBLOCK)
			return -EAGAIN;
		if (thread_sleep(&readers, UINT64_MAX, UNTIL_SIGNALLED) == INTERRUPTED)
			return -RESTART;
	}
	return 0;
}

static long read_console(struct file *file, struct um_writer *to, uint64_t offset)
{
	long done = 0, error = um_writer_left(to) > 0 ? wait(file) : 0;
	bool ends = false;

	(void)offset;
	while (error == 0 && um_writer_left(to) > 0 && head != ready && !ends) {
		char text[PIECE_IN];
		size_t n = um_writer_left(to) < PIECE_IN ? (size_t)um_writer_left(to) : PIECE_IN;
		struct um_result result = um_write(to, text, take_input(text, n, &ends));

		done += (long)result.done;
		error = result.status == UM_OK ? 0 : failed(result.status);
	}
	return done > 0 ? done : error;
}

static unsigned poll_console(struct file *file)
{
	(void)file;
	return POLLOUT | POLLWRNORM | (head != ready ? POLLIN | POLLRDNORM : 0);
}

/* ---------------------------------------------------------------- ioctl */

static long set_mode(um_addr from, bool forgets_input)
{
	bool was_canonical = is_canonical();
	struct termios wanted;
	enum um_status status = um_get(user(), um_ptr_of(termios_ptr, from), &wanted, 0).status;

	if (status != UM_OK)
		return failed(status);
	mode = wanted;
	if (forgets_input)
		head = ready = tail;
	if (is_canonical() != was_canonical)
		commit();
	return 0;
}

struct search {
	int group;
	bool found;
};

static void find_group(struct process *process, void *search)
{
	struct search *wanted = search;

	wanted->found = wanted->found || process->group == wanted->group;
}

static long set_foreground(um_addr from)
{
	struct search search = { 0 };
	enum um_status status = um_get(user(), um_ptr_of(um_i32_ptr, from), &search.group, 0).status;

	if (status != UM_OK)
		return failed(status);
	if (search.group < 0)
		return -EINVAL;
	process_each(find_group, &search);
	if (!search.found)
		return -ESRCH;
	foreground = search.group;
	return 0;
}

static long ioctl_console(struct file *file, unsigned command, um_addr argument)
{
	static const struct winsize unknown;

	(void)file;
	switch (command) {
	case TCGETS: return failed(um_put(user(), um_ptr_of(termios_ptr, argument), &mode, 0).status);
	case TCSETS:
	case TCSETSW: return set_mode(argument, false);
	case TCSETSF: return set_mode(argument, true);
	case TIOCGWINSZ: return failed(um_put(user(), um_ptr_of(winsize_ptr, argument), &unknown, 0).status);
	case TIOCGPGRP: return failed(um_put(user(), um_ptr_of(um_i32_ptr, argument), &foreground, 0).status);
	case TIOCSPGRP: return set_foreground(argument);
	case TIOCSCTTY: return 0;
	default: return -ENOTTY;
	}
}

const struct file_ops console_ops = { .read = read_console, .write = write_console, .poll = poll_console, .ioctl = ioctl_console };
