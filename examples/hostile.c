/*
 * A program that hands bad memory to system calls and shows how it is answered, on Linux as on the reference kernel
 * (make demo-kernel-hostile).  Ends with 0 where each answer is the one that Linux's manual demands.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096 };

static int wrong;

/* expected: a result, or a negative errno. */
static void answer(const char *what, long result, long expected)
{
	long got = result == -1 ? -errno : result;

	printf("%-4s %-66s ", got == expected ? "ok" : "BAD", what);
	if (got < 0)
		printf("%s\n", strerrorname_np((int)-got));
	else
		printf("%ld\n", got);
	wrong += got != expected;
}

static char *map(int protection)
{
	char *pages = mmap(NULL, 2 * PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED || munmap(pages + PAGE, PAGE) != 0) {
		perror("hostile: cannot set the stage");
		_exit(1);
	}
	return pages;
}

static void lie_about_buffers(int file, char *good, char *read_only, char *none)
{
	char *edge = good + PAGE;

	answer("write from NULL", syscall(SYS_write, file, NULL, 1), -EFAULT);
	answer("write from a wild pointer", syscall(SYS_write, file, 0x10, 8), -EFAULT);
	answer("write from no canonical address", syscall(SYS_write, file, 0x8000000000000000, 8), -EFAULT);
	answer("write from the kernel's half", syscall(SYS_write, file, 0xffffffff80000000, 8), -EFAULT);
	answer("write of 16 bytes that wrap around the end", syscall(SYS_write, file, UINTPTR_MAX - 7, 16), -EFAULT);
	answer("write from memory without access", syscall(SYS_write, file, none, 8), -EFAULT);
	answer("write of 16 bytes, of which 5 are there: those", syscall(SYS_write, file, edge - 5, 16), 5);
	answer("write of nothing, from nowhere", syscall(SYS_write, file, 0x10, 0), 0);
	answer("pread of 5 bytes into read-only memory", syscall(SYS_pread64, file, read_only, 5, 0), -EFAULT);
	answer("pread of 5 bytes, with room for 3 before a hole: those", syscall(SYS_pread64, file, edge - 3, 5, 0), 3);
}

static void lie_about_strings(char *good)
{
	memset(good, 'x', PAGE);
	answer("open of a path that runs into a hole after 4095 bytes", open(good + 1, O_RDONLY), -EFAULT);
	answer("open of a path of 4096 bytes, and then a hole", open(good, O_RDONLY), -ENAMETOOLONG);
	good[PAGE - 1] = '\0';
	good[PAGE - 2] = '/';
	answer("open of \"/\", whose last byte is the last before a hole", open(good + PAGE - 2, O_DIRECTORY | O_WRONLY), -EISDIR);
}

static void lie_about_lists(int file, char *good)
{
	struct iovec *list = (struct iovec *)(void *)good, *last = (struct iovec *)(void *)(good + PAGE) - 1;

	list[0] = (struct iovec){ good + 1024, 4 };
	list[1] = (struct iovec){ (void *)0x10, 4 };
	answer("writev of 4 good bytes and 4 wild ones: the good", writev(file, list, 2), 4);
	list[1].iov_len = SIZE_MAX;
	answer("writev with a negative length", writev(file, list, 2), -EINVAL);
	answer("writev of 1025 buffers", syscall(SYS_writev, file, list, 1025), -EINVAL);
	*last = list[0];
	answer("writev of a list that a hole cuts", syscall(SYS_writev, file, last, 2), -EFAULT);
}

static void lie_about_structs(char *good)
{
	struct open_how how = { .flags = O_DIRECTORY };
	char *at = good + PAGE - sizeof how - 8;

	memset(good, 0, PAGE);
	memcpy(at, &how, sizeof how);
	answer("openat2 with fields that are not known yet, all zero", close((int)syscall(SYS_openat2, AT_FDCWD, "/", at, sizeof how + 8)), 0);
	good[PAGE - 1] = 1;
	answer("openat2 with fields that are not known yet, one of them set", syscall(SYS_openat2, AT_FDCWD, "/", at, sizeof how + 8), -E2BIG);
	good[PAGE - 1] = 0;
	answer("openat2 with such fields in a hole", syscall(SYS_openat2, AT_FDCWD, "/", at, sizeof how + 16), -EFAULT);
	answer("uname into the last byte before a hole", syscall(SYS_uname, good + PAGE - 1), -EFAULT);
}

static void lie_about_words(char *good, char *read_only)
{
	answer("futex on a word that is not aligned", syscall(SYS_futex, good + 2, FUTEX_WAIT, 0, NULL), -EINVAL);
	answer("futex on a word that is not there", syscall(SYS_futex, good + PAGE, FUTEX_WAIT, 0, NULL), -EFAULT);
	answer("futex on a read-only word that is not what was expected", syscall(SYS_futex, read_only, FUTEX_WAIT_PRIVATE, 1, NULL), -EAGAIN);
}

/* What nobody asked the kernel for. */
static void touch(volatile uintptr_t wild)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		*(volatile char *)wild = 1;
		_exit(0);
	}
	answer("a program that touches a wild pointer itself: killed by", child < 0 || waitpid(child, &status, 0) != child ? -1 : status & 0x7f, SIGSEGV);
}

int main(void)
{
	/* The one with the hole last, or the next would fill it. */
	char *read_only = map(PROT_READ), *none = map(PROT_NONE), *good = map(PROT_READ | PROT_WRITE);
	int file = open("/tmp/hostile.file", O_RDWR | O_CREAT | O_TRUNC, 0600);

	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	if (file < 0) {
		perror("hostile: cannot make /tmp/hostile.file");
		return 1;
	}
	lie_about_buffers(file, good, read_only, none);
	lie_about_strings(good);
	lie_about_lists(file, good);
	lie_about_structs(good);
	lie_about_words(good, read_only);
	touch(0x10);
	printf("%s\n", wrong == 0 ? "Each was answered, and the kernel is still here." : "Not all answers are Linux's.");
	return wrong != 0;
}
