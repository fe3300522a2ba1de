/*
 * The suites over this process's own memory: SUITE [VARIANT], "sse2" for one; by default what the port chose.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <usermem/spaces/self.h>
#include "arch/arch.h"
#include "runner.h"

/* Good bytes: more than any threshold of the code, twice over. */
enum { SIZE = 64 * 1024 };

/* Whether faults are counted honestly: between the kernel and the port's handler, not by the library. */
static volatile uint64_t faults;
static struct sigaction ports[2];

static struct sigaction *port_of(int signal)
{
	return &ports[signal == SIGBUS];
}

static void count(int signal, siginfo_t *info, void *context)
{
	faults++;
	port_of(signal)->sa_sigaction(signal, info, context);
}

static uint64_t counted(struct stage *stage)
{
	(void)stage;
	return faults;
}

static bool count_faults(int signal)
{
	struct sigaction above;

	if (sigaction(signal, NULL, port_of(signal)) != 0)
		return false;
	above = *port_of(signal);
	above.sa_sigaction = count;
	return sigaction(signal, &above, NULL) == 0;
}

static bool dig(struct stage *stage, enum hole kind)
{
	return region_dig(stage->context, kind);
}

/* False: this machine has no such variant, and the reason was printed. */
static bool use(const char *name)
{
	char reason[64];
	enum umi_variant variant;

	for (variant = UMI_GENERAL; variant < UMI_VARIANTS; variant++)
		if (strcmp(umi_variant_name(variant), name) == 0 && umi_arch_use(variant))
			return true;
	snprintf(reason, sizeof reason, "this processor has no %s", name);
	runner_skip(reason);
	return false;
}

int main(int argc, char **argv)
{
	struct um_self self;
	struct region region;
	struct stage stage = { .name = "self", .space = &self.space, .size = SIZE, .dig = dig, .faults = counted, .context = &region };
	int status;

	if (!region_open(&region, SIZE) || um_self_open(&self, um_addr_of(1), um_addr_of(UM_SELF_LAST)) != UM_OK)
		return 1;
	if (!count_faults(SIGSEGV) || !count_faults(SIGBUS))
		return 1;
	if (argc == 3 && !use(argv[2]))
		return 0;
	stage.start = um_addr_of((uintptr_t)region.user);
	stage.seen = region.seen;
	status = runner(argc == 3 ? 2 : argc, argv, &stage);
	sigaction(SIGSEGV, &ports[0], NULL);
	sigaction(SIGBUS, &ports[1], NULL);
	um_close(&self.space);
	return status;
}
