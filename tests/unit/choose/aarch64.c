/* Which code serves which AArch64 processor, by made-up words of AT_HWCAP. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <sys/auxv.h>
#include <usermem/fault.h>
#include <usermem/port.h>
#include "arch/aarch64/arch.h"

/* As Linux's manual numbers them. */
#define FP (1U << 0)
#define ASIMD (1U << 1)
#define AES (1U << 3)
#define CRC32 (1U << 7)
#define ATOMICS (1U << 8)
#define FPHP (1U << 9)
#define CPUID (1U << 11)

static const struct {
	const char *what;
	uint64_t hwcap;
	enum umi_variant chosen;
	bool runs[UMI_VARIANTS]; /* general, lse */
} machines[] = {
	{ "a kernel that says nothing", 0, UMI_GENERAL, { true, false } },
	{ "Cortex-A53: ARMv8.0", FP | ASIMD | AES | CRC32 | CPUID, UMI_GENERAL, { true, false } },
	{ "bits beside it", FP | CRC32 | FPHP, UMI_GENERAL, { true, false } },
	{ "Neoverse N1: ARMv8.2", FP | ASIMD | AES | CRC32 | ATOMICS | FPHP | CPUID, UMI_LSE, { true, true } },
	{ "LSE alone", ATOMICS, UMI_LSE, { true, true } },
	{ "everything but LSE", ~(uint64_t)ATOMICS, UMI_GENERAL, { true, false } },
	{ "everything", UINT64_MAX, UMI_LSE, { true, true } },
};

static void a_made_up_processor(void **state)
{
	size_t i;
	enum umi_variant variant;

	(void)state;
	for (i = 0; i < sizeof machines / sizeof machines[0]; i++) {
		print_message("# %s\n", machines[i].what);
		assert_int_equal(umi_arch_choose(machines[i].hwcap), machines[i].chosen);
		for (variant = UMI_GENERAL; variant < UMI_VARIANTS; variant++)
			assert_int_equal(umi_arch_runs(machines[i].hwcap, variant), machines[i].runs[variant]);
		assert_false(umi_arch_runs(machines[i].hwcap, UMI_VARIANTS));
	}
}

static sigjmp_buf out;

static void give_up(int signal)
{
	(void)signal;
	siglongjmp(out, 1);
}

/* Not by what anybody says: by one of its instructions. */
static bool processor_has_lse(void)
{
	struct sigaction action = { .sa_handler = give_up }, before;
	uint64_t word = 1, more = 2;
	volatile bool has = false;

	sigaction(SIGILL, &action, &before);
	if (sigsetjmp(out, 1) == 0) {
		__asm__ volatile(".arch_extension lse\n\tstadd %1, %0" : "+Q"(word) : "r"(more));
		has = word == 3;
	}
	sigaction(SIGILL, &before, NULL);
	return has;
}

static void this_processor(void **state)
{
	uint64_t hwcap = getauxval(AT_HWCAP);
	bool has_lse = processor_has_lse();

	(void)state;
	print_message("# this processor has %s\n", has_lse ? "LSE" : "no LSE");
	assert_int_equal(umi_arch_choose(hwcap), has_lse ? UMI_LSE : UMI_GENERAL);
	assert_int_equal(umi_arch_use(UMI_LSE), has_lse);
	assert_true(umi_arch_use(UMI_GENERAL));
	assert_false(umi_arch_use(UMI_VARIANTS));
}

extern uint64_t umi_features; /* by which the instructions of atomic.S are chosen */

/* By the first open alone: who opens again finds what is in use. */
static void it_is_chosen_once(void **state)
{
	uint64_t chosen = processor_has_lse() ? 1 << UMI_PORT_LSE_BIT : 0;

	(void)state;
	umi_features = ~chosen;
	assert_int_equal(um_port_open(), UM_OK);
	assert_int_equal(umi_features, chosen);
	assert_true(umi_arch_use(UMI_GENERAL));
	assert_int_equal(um_port_open(), UM_OK);
	assert_int_equal(umi_features, 0);
	um_port_close();
	um_port_close();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_made_up_processor),
		cmocka_unit_test(this_processor),
		cmocka_unit_test(it_is_chosen_once),
	};

	return cmocka_run_group_tests_name("choose", tests, NULL, NULL);
}
