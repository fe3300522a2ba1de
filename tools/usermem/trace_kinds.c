/* Kinds of values that are numbers. */
#include "trace_names.h"
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

enum { WORD_ROOM = 512 };

void kind_signed(struct decode *decode, const struct kind *kind, struct value value)
{
	(void)kind;
	show_signed(decode->show, (int64_t)value.number);
}

void kind_int(struct decode *decode, const struct kind *kind, struct value value)
{
	(void)kind;
	show_signed(decode->show, (int)value.number);
}

void kind_unsigned(struct decode *decode, const struct kind *kind, struct value value)
{
	(void)kind;
	show_unsigned(decode->show, value.number);
}

void kind_uint(struct decode *decode, const struct kind *kind, struct value value)
{
	(void)kind;
	show_unsigned(decode->show, (unsigned)value.number);
}

void kind_octal(struct decode *decode, const struct kind *kind, struct value value)
{
	(void)kind;
	show_octal(decode->show, value.number & 0xffffffff);
}

void kind_hex(struct decode *decode, const struct kind *kind, struct value value)
{
	(void)kind;
	if (value.number == 0)
		show_word(decode->show, "0");
	else
		show_hex(decode->show, value.number);
}

void kind_pointer(struct decode *decode, const struct kind *kind, struct value value)
{
	(void)kind;
	if (value.number == 0)
		show_word(decode->show, "NULL");
	else
		show_hex(decode->show, value.number);
}

void kind_limit(struct decode *decode, const struct kind *kind, struct value value)
{
	if (value.number == RLIM_INFINITY)
		show_word(decode->show, "RLIM_INFINITY");
	else
		kind_unsigned(decode, kind, value);
}

static const char *name_of(const struct name *names, uint64_t value)
{
	for (; names->name; names++)
		if (names->value == value)
			return names->name;
	return NULL;
}

/* Arguments of type int come with whatever the upper half of their register held. */
void kind_enum(struct decode *decode, const struct kind *kind, struct value value)
{
	const char *name = name_of(kind->about, value.number);

	if (!name && value.size == 0)
		name = name_of(kind->about, (uint64_t)(int)value.number);
	if (!name && value.size == 0)
		name = name_of(kind->about, (unsigned)value.number);
	if (name)
		show_word(decode->show, name);
	else if ((int64_t)value.number >= -4096 && (int64_t)value.number < 4096)
		show_signed(decode->show, (int64_t)value.number);
	else
		show_hex(decode->show, value.number);
}

/* Writes the names of the bits of value, with | between, to word; *left keeps those without one. */
static size_t name_bits(char *word, const struct name *names, uint64_t value, uint64_t *left)
{
	size_t used = 0;

	word[0] = '\0';
	for (; names->name; names++) {
		bool has = names->mask ? (value & names->mask) == names->value : names->value && (*left & names->value) == names->value;
		size_t n = strlen(names->name);

		if (!has || (names->mask == ~(uint64_t)0 && *left != names->value) || used + n + 2 > WORD_ROOM)
			continue;
		*left &= ~(names->mask ? names->mask : names->value);
		if (used)
			word[used++] = '|';
		memcpy(word + used, names->name, n + 1);
		used += n;
	}
	return used;
}

void kind_flags(struct decode *decode, const struct kind *kind, struct value value)
{
	/* Flags are ints but in clone, whose upper bits have names. */
	uint64_t number = value.size == 0 && value.number >> 32 == 0xffffffff ? (unsigned)value.number : value.number, left = number;
	char word[WORD_ROOM + 24];
	size_t used = name_bits(word, kind->about, number, &left);

	if (left || used == 0)
		snprintf(word + used, sizeof word - used, left ? "%s0x%lx" : "%s0", used ? "|" : "", (unsigned long)left);
	show_word(decode->show, word);
}

void kind_mode(struct decode *decode, const struct kind *kind, struct value value)
{
	uint64_t left = value.number & 0xffffffff & ~(uint64_t)07777;
	char word[WORD_ROOM + 24];
	size_t used = 0;

	(void)kind;
	if (left)
		used = name_bits(word, names_mode, value.number & 0xffffffff, &left);
	snprintf(word + used, sizeof word - used, "%s0%lo", used ? "|" : "", (unsigned long)(left | (value.number & (used ? 0777 : 07777))));
	show_word(decode->show, word);
}

void kind_device(struct decode *decode, const struct kind *kind, struct value value)
{
	char word[64];

	(void)kind;
	snprintf(word, sizeof word, "makedev(0x%x, 0x%x)", major(value.number), minor(value.number));
	show_word(decode->show, word);
}

void kind_fd(struct decode *decode, const struct kind *kind, struct value value)
{
	(void)kind;
	if ((int)value.number == AT_FDCWD)
		show_word(decode->show, "AT_FDCWD");
	else
		show_signed(decode->show, (int)value.number);
}

void kind_socket_type(struct decode *decode, const struct kind *kind, struct value value)
{
	uint64_t flags = value.number & 0xffffffff & (SOCK_CLOEXEC | SOCK_NONBLOCK), left = flags;
	const char *type = name_of(names_socket_type, value.number & 0xffffffff & ~flags);
	char word[WORD_ROOM + 64], bits[WORD_ROOM];

	if (!type) {
		kind_hex(decode, kind, value);
		return;
	}
	name_bits(bits, names_socket_flags, flags, &left);
	snprintf(word, sizeof word, flags ? "%s|%s" : "%s", type, bits);
	show_word(decode->show, word);
}

/* Which names an option has depends on the level before it. */
void kind_option_name(struct decode *decode, const struct kind *kind, struct value value)
{
	struct kind named = *kind;

	switch ((int)decode->args[1]) {
	case SOL_SOCKET:
		named.about = names_socket_option;
		break;
	case 6:
		named.about = names_tcp_option;
		break;
	default:
		kind_int(decode, kind, value);
		return;
	}
	kind_enum(decode, &named, value);
}

const char *signal_name(int number)
{
	static char name[32];
	const char *known = sigabbrev_np(number);

	if (known)
		snprintf(name, sizeof name, "SIG%s", known);
	else if (number >= 32 && number <= 64)
		snprintf(name, sizeof name, "SIGRT_%d", number - 32);
	else
		snprintf(name, sizeof name, "%d", number);
	return name;
}

void kind_signal(struct decode *decode, const struct kind *kind, struct value value)
{
	(void)kind;
	show_word(decode->show, signal_name((int)value.number));
}

void kind_handler(struct decode *decode, const struct kind *kind, struct value value)
{
	(void)kind;
	if (value.number == (uint64_t)SIG_DFL)
		show_word(decode->show, "SIG_DFL");
	else if (value.number == (uint64_t)SIG_IGN)
		show_word(decode->show, "SIG_IGN");
	else
		show_hex(decode->show, value.number);
}

void kind_wait_status(struct decode *decode, const struct kind *kind, struct value value)
{
	int status = (int)value.number;
	char word[128];

	(void)kind;
	if (WIFEXITED(status))
		snprintf(word, sizeof word, "{WIFEXITED(s) && WEXITSTATUS(s) == %d}", WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		snprintf(word, sizeof word, "{WIFSIGNALED(s) && WTERMSIG(s) == %s%s}", signal_name(WTERMSIG(status)),
		         WCOREDUMP(status) ? " && WCOREDUMP(s)" : "");
	else if (WIFSTOPPED(status))
		snprintf(word, sizeof word, "{WIFSTOPPED(s) && WSTOPSIG(s) == %s}", signal_name(WSTOPSIG(status)));
	else
		snprintf(word, sizeof word, WIFCONTINUED(status) ? "{WIFCONTINUED(s)}" : "0x%x", (unsigned)status);
	show_word(decode->show, word);
}

bool futex_waits(const uint64_t *args)
{
	int command = (int)args[1] & FUTEX_CMD_MASK;

	return command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET || command == FUTEX_LOCK_PI || command == FUTEX_WAIT_REQUEUE_PI || command == FUTEX_LOCK_PI2;
}

/* The fourth argument of futex is a time where it waits, else a number or nothing. */
void kind_futex(struct decode *decode, const struct kind *kind, struct value value)
{
	(futex_waits(decode->args) ? kind_struct : kind_pointer)(decode, kind, value);
}

/* The third argument of fcntl is what the second makes of it. */
void kind_fcntl(struct decode *decode, const struct kind *kind, struct value value)
{
	struct kind named = { .about = names_open };

	switch ((int)decode->args[1]) {
	case F_SETFL:
		kind_flags(decode, &named, value);
		return;
	case F_SETFD:
		named.about = names_fd_flags;
		kind_flags(decode, &named, value);
		return;
	case F_GETLK: case F_SETLK: case F_SETLKW: case F_OFD_GETLK: case F_OFD_SETLK: case F_OFD_SETLKW:
		named.about = kind->about;
		kind_struct(decode, &named, value);
		return;
	default:
		kind_signed(decode, kind, value);
	}
}
