/* A recovered fault against the least that recovers one: a handler that rewrites the program counter. */
#include "harness.h"
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <usermem/fault.h>
#include <usermem/port.h>

enum { PAGE = 4096, ASK = 64 };

struct work {
	unsigned char *hole; /* the first byte that is not there */
	size_t good;         /* bytes before it that are asked for, too */
	struct sigaction library, bare;
};

/* A load that may fault, and where to go on. */
uint64_t bare_load(const void *from);
void bare_resume(void);
__asm__(".pushsection .text\n"
        ".globl bare_load, bare_resume\n"
        "bare_load: movq (%rdi), %rax\n\tret\n"
        "bare_resume: xorl %eax, %eax\n\tret\n"
        ".popsection");

static void rewrite(int number, siginfo_t *info, void *context)
{
	ucontext_t *machine = context;

	(void)number;
	(void)info;
	machine->uc_mcontext.gregs[REG_RIP] = (greg_t)(uintptr_t)bare_resume;
}

static void peer(void *context, size_t times)
{
	struct work *work = context;
	size_t i;

	sigaction(SIGSEGV, &work->bare, NULL);
	for (i = 0; i < times; i++)
		BENCH_USE(bare_load(work->hole));
	sigaction(SIGSEGV, &work->library, NULL);
}

static void check(struct um_result result, size_t good)
{
	if (result.done != good || result.status != UM_DENIED)
		bench_fail("a fault was not reported as it was");
}

static void copy_in(void *context, size_t times)
{
	struct work *work = context;
	unsigned char to[ASK];
	size_t i;

	sigaction(SIGSEGV, &work->library, NULL);
	for (i = 0; i < times; i++)
		check(um_raw_copy_in(to, (uintptr_t)work->hole - work->good, ASK, 0), work->good);
}

static void copy_out(void *context, size_t times)
{
	struct work *work = context;
	unsigned char from[ASK] = { 0 };
	size_t i;

	sigaction(SIGSEGV, &work->library, NULL);
	for (i = 0; i < times; i++)
		check(um_raw_copy_out((uintptr_t)work->hole - work->good, from, ASK, 0), work->good);
}

static void string_in(void *context, size_t times)
{
	struct work *work = context;
	char to[ASK];
	size_t i;

	sigaction(SIGSEGV, &work->library, NULL);
	memset(work->hole - ASK, 'x', ASK);
	for (i = 0; i < times; i++)
		check(um_raw_copy_string_in(to, (uintptr_t)work->hole - work->good, ASK, 0), work->good);
}

int main(void)
{
	static const struct { const char *name; bench_side *side; } ways[] = { { "copy in", copy_in }, { "copy out", copy_out }, { "string", string_in } };
	static const size_t goods[] = { 0, 1, 31, 60 };
	struct work work = { .hole = (unsigned char *)bench_memory(2 * PAGE) + PAGE };
	size_t way, i;
	char name[64];

	work.bare.sa_sigaction = rewrite;
	work.bare.sa_flags = SA_SIGINFO;
	mprotect(work.hole, PAGE, PROT_NONE);
	if (um_port_open() != UM_OK)
		bench_fail("the port does not open");
	sigaction(SIGSEGV, NULL, &work.library);
	for (way = 0; way < sizeof ways / sizeof ways[0]; way++) {
		for (i = 0; i < sizeof goods / sizeof goods[0]; i++) {
			work.good = goods[i];
			snprintf(name, sizeof name, "%s, %zu good bytes before", ways[way].name, goods[i]);
			bench_row("a recovered fault against a handler that rewrites the program counter", name,
			          bench_compare(ways[way].side, peer, &work), 1.05);
		}
	}
	um_port_close();
	return 0;
}
