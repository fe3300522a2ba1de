/*
 * A program whose pointers lie.  It hands every kind of bad memory to system calls; the kernel says EFAULT to most of it,
 * and `usermem trace` says why:
 *
 *     usermem trace -- liar
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* One page that may be used and one behind it that is not mapped; the end of the first. */
static char *edge_of_a_hole(size_t page)
{
	char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED || munmap(pages + page, page) != 0)
		return NULL;
	return pages + page;
}

static void *page_for(size_t page, int protection)
{
	return mmap(NULL, page, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* A file of two pages is mapped, and then cut to one. */
static char *cut_file(size_t page)
{
	int fd = memfd_create("cut", 0);
	char *pages;

	if (fd < 0 || ftruncate(fd, (off_t)(2 * page)) != 0)
		return NULL;
	pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (pages == MAP_FAILED || ftruncate(fd, (off_t)page) != 0)
		return NULL;
	memcpy(pages + page - 6, "my end", 6);
	return pages + page;
}

/* Raw calls: glibc would touch some of these pointers itself. */
static void open_it(const char *path)
{
	syscall(SYS_openat, AT_FDCWD, path, O_RDONLY);
}

static void write_it(int fd, const void *data, size_t n)
{
	syscall(SYS_write, fd, data, n);
}

/* A line in the trace that says what comes. */
static void heading(int fd, const char *text)
{
	write_it(fd, text, strlen(text));
}

int main(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *read_only = page_for(page, PROT_READ), *none = page_for(page, PROT_NONE), *cut = cut_file(page);
	/* Last, or the next mapping would fill its hole. */
	char *edge = edge_of_a_hole(page);
	struct iovec good_and_bad[2];
	int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC), pipes[2];

	if (!edge || read_only == MAP_FAILED || none == MAP_FAILED || !cut || zero < 0 || pipe(pipes) != 0) {
		perror("liar: cannot set the stage");
		return 1;
	}

	heading(pipes[1], "--- NULL, wild, non-canonical, the kernel's half, the last page");
	open_it(NULL);
	open_it((const char *)0x10);
	open_it((const char *)0xdead000000000000);
	open_it((const char *)0xffffffff81000000);
	open_it((const char *)UINT64_MAX);

	heading(pipes[1], "--- a string and a buffer that run into a hole");
	memcpy(edge - 9, "/etc/pass", 9);
	open_it(edge - 9);
	write_it(pipes[1], edge - 9, 4096);

	heading(pipes[1], "--- a page that is not to be written, and one that is not to be touched");
	syscall(SYS_read, zero, read_only, 16);
	syscall(SYS_read, zero, edge - 8, 16);
	open_it(none);
	syscall(SYS_fstat, zero, none);

	heading(pipes[1], "--- a mapping whose file has become shorter");
	write_it(pipes[1], cut - 6, 32);
	open_it(cut);

	heading(pipes[1], "--- lists of buffers: nowhere, and with one bad element");
	syscall(SYS_writev, pipes[1], (void *)0x20, 2);
	good_and_bad[0].iov_base = (char *)"good";
	good_and_bad[0].iov_len = 4;
	good_and_bad[1].iov_base = (void *)0x30;
	good_and_bad[1].iov_len = 4;
	syscall(SYS_writev, pipes[1], good_and_bad, 2);
	memcpy(edge - sizeof *good_and_bad, good_and_bad, sizeof *good_and_bad);
	syscall(SYS_writev, pipes[1], edge - sizeof *good_and_bad, 2);

	heading(pipes[1], "--- lengths that wrap, and structs where none can be");
	write_it(pipes[1], "short", SIZE_MAX);
	syscall(SYS_nanosleep, (void *)0x13, NULL);
	syscall(SYS_nanosleep, edge - 8, NULL);
	syscall(SYS_openat2, AT_FDCWD, "/", (void *)0x40, 24);
	return 0;
}
