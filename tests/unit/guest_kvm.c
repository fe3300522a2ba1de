/*
 * A real machine: KVM runs real-mode code on the memory of a guest.  What it writes is seen through the space, what we
 * write through the space is seen by it, and the pages that KVM logged and those that we marked are all that changed.
 */
#include "check.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <usermem/spaces/guest.h>
#include "under.h"

enum {
	PAGE = UM_GUEST_PAGE,
	LOW = 64 * PAGE, HIGH_AT = 0x80000, HIGH = 16 * PAGE, ROM_AT = 0xf0000, ROM = 16 * PAGE, /* nothing between them */
	SIZE = LOW + HIGH + ROM,
	PORT = 0x10, MAILBOX = 0x5008, ECHOES = 0x6100, ROUNDS = 5, ADDS = 10000,
};

/*
 * Round by round: a word to a page of low memory, the next one each time; what is in the mailbox, incremented, to ECHOES + 2 * round;
 * and then the round's number out of the port, where we look.  At the end a byte to high memory, one to the ROM, and halt.
 * The other program adds to the mailbox.
 */
extern const unsigned char machine_code[], machine_adds[], machine_code_end[];
__asm__(".pushsection .rodata\n"
        "machine_code:\n"
        ".code16\n"
        "	xorw %cx, %cx\n"
        "	movw %cx, %ds\n"
        "	movw $0x8000, %ax\n" /* HIGH_AT / 16 */
        "	movw %ax, %es\n"
        "	movw $0x1000, %di\n"
        "1:	movw %cx, %ax\n"
        "	addw $0x1111, %ax\n"
        "	movw %ax, 4(%di)\n"
        "	addw $0x1000, %di\n"
        "	movw 0x5008, %ax\n" /* MAILBOX */
        "	incw %ax\n"
        "	movw %cx, %bx\n"
        "	addw %bx, %bx\n"
        "	movw %ax, 0x6100(%bx)\n" /* ECHOES */
        "	movw %cx, %ax\n"
        "	outw %ax, $0x10\n" /* PORT */
        "	incw %cx\n"
        "	cmpw $5, %cx\n" /* ROUNDS */
        "	jne 1b\n"
        "	movb $0x77, %es:0x3abc\n"
        "	movw $0xf000, %ax\n" /* ROM_AT / 16 */
        "	movw %ax, %es\n"
        "	movb $0x55, %es:0x8000\n"
        "	hlt\n"
        "machine_adds:\n"
        "	xorw %ax, %ax\n"
        "	movw %ax, %ds\n"
        "	movw $10000, %cx\n" /* ADDS */
        "1:	lock incl 0x5008\n"
        "	decw %cx\n"
        "	jne 1b\n"
        "	hlt\n"
        ".code64\n"
        "machine_code_end:\n"
        ".popsection\n");

struct machine {
	int kvm, vm, vcpu;
	struct kvm_run *run;
	size_t run_size;
	unsigned char *memory, *before; /* SIZE bytes, as they are and as they were */
	uint64_t dirty[2];
	struct um_guest_slot slots[3];
	struct um_guest_map map;
	struct um_guest guest;
};

static struct um_space *space_of(struct machine *machine)
{
	return &machine->guest.space;
}

/* Not to be had: says why, and is skipped.  Whatever works from there on must work. */
static void open_host(struct machine *machine)
{
	memset(machine, 0, sizeof *machine);
	if (under_valgrind()) {
		print_message("valgrind does not know all of KVM's calls\n");
		skip();
	}
	machine->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (machine->kvm < 0) {
		print_message("/dev/kvm cannot be opened: %s\n", strerror(errno));
		skip();
	}
	if (ioctl(machine->kvm, KVM_GET_API_VERSION, 0) != KVM_API_VERSION || ioctl(machine->kvm, KVM_CHECK_EXTENSION, KVM_CAP_READONLY_MEM) <= 0) {
		print_message("this KVM has another interface, or no read-only memory\n");
		close(machine->kvm);
		skip();
	}
	machine->vm = ioctl(machine->kvm, KVM_CREATE_VM, 0);
	if (machine->vm < 0) {
		print_message("KVM makes no machine: %s\n", strerror(errno));
		close(machine->kvm);
		skip();
	}
}

/* Its number is the index in the map. */
static void tell_host_of_slot(struct machine *machine, uint32_t i)
{
	const struct um_guest_slot *slot = &machine->map.slots[i];
	struct kvm_userspace_memory_region region = {
		.slot = i,
		.flags = (slot->dirty ? (unsigned)KVM_MEM_LOG_DIRTY_PAGES : 0) | (slot->access & UM_WRITE ? 0 : (unsigned)KVM_MEM_READONLY),
		.guest_phys_addr = slot->range.start.value,
		.memory_size = slot->range.length,
		.userspace_addr = (uintptr_t)slot->host,
	};

	assert_int_equal(ioctl(machine->vm, KVM_SET_USER_MEMORY_REGION, &region), 0);
}

static void open_memory(struct machine *machine)
{
	uint32_t i;

	machine->memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	machine->before = malloc(SIZE);
	assert_true(machine->memory != MAP_FAILED && machine->before != NULL);
	machine->slots[0] = (struct um_guest_slot){ { { 0 }, LOW }, machine->memory, &machine->dirty[0], UM_READ | UM_WRITE };
	machine->slots[1] = (struct um_guest_slot){ { { HIGH_AT }, HIGH }, machine->memory + LOW, &machine->dirty[1], UM_READ | UM_WRITE };
	machine->slots[2] = (struct um_guest_slot){ { { ROM_AT }, ROM }, machine->memory + LOW + HIGH, NULL, UM_READ };
	CHECK_STATUS(um_guest_map_init(&machine->map, machine->slots, 3, NULL), UM_OK);
	um_guest_init(&machine->guest, &machine->map);
	for (i = 0; i < 3; i++)
		tell_host_of_slot(machine, i);
	/* A ROM's contents do not come by the space, which may not write to it. */
	CHECK(um_copy_out(space_of(machine), um_addr_of(ROM_AT), machine_code, 8, 0), 0, UM_DENIED);
	memcpy(machine->memory + LOW + HIGH, machine_code, (size_t)(machine_code_end - machine_code));
}

static void open_processor(struct machine *machine, const unsigned char *program)
{
	struct kvm_regs regs = { .rflags = 2, .rip = (uint64_t)(program - machine_code) };
	struct kvm_sregs sregs;
	int size = ioctl(machine->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

	machine->vcpu = ioctl(machine->vm, KVM_CREATE_VCPU, 0);
	assert_true(machine->vcpu >= 0 && size > 0);
	machine->run_size = (size_t)size;
	machine->run = mmap(NULL, machine->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, machine->vcpu, 0);
	assert_ptr_not_equal(machine->run, MAP_FAILED);
	assert_int_equal(ioctl(machine->vcpu, KVM_GET_SREGS, &sregs), 0);
	sregs.cs.base = ROM_AT;
	sregs.cs.selector = ROM_AT / 16;
	assert_int_equal(ioctl(machine->vcpu, KVM_SET_SREGS, &sregs), 0);
	assert_int_equal(ioctl(machine->vcpu, KVM_SET_REGS, &regs), 0);
}

static void close_machine(struct machine *machine)
{
	munmap(machine->run, machine->run_size);
	close(machine->vcpu);
	close(machine->vm);
	close(machine->kvm);
	um_close(space_of(machine));
	munmap(machine->memory, SIZE);
	free(machine->before);
}

/* Runs until the machine wants something of us: why it left. */
static uint32_t run(struct machine *machine)
{
	while (ioctl(machine->vcpu, KVM_RUN, 0) != 0)
		assert_int_equal(errno, EINTR);
	return machine->run->exit_reason;
}

static uint16_t word_at(struct machine *machine, uint64_t addr)
{
	uint16_t word = 0;

	CHECK(um_copy_in(space_of(machine), &word, um_addr_of(addr), sizeof word, 0), 2, UM_OK);
	return word;
}

/* The machine waits in its out instruction: what it wrote before is there, what it will read is put there now. */
static void serve_round(struct machine *machine, uint16_t round)
{
	const struct kvm_run *state = machine->run;
	uint16_t next = (uint16_t)(1000 * (round + 1));
	uint16_t said;

	assert_true(state->io.direction == KVM_EXIT_IO_OUT && state->io.port == PORT && state->io.size == 2 && state->io.count == 1);
	memcpy(&said, (const unsigned char *)state + state->io.data_offset, sizeof said);
	assert_int_equal(said, round);
	assert_int_equal(word_at(machine, (uint64_t)(1 + round) * PAGE + 4), 0x1111 + round);
	assert_int_equal(word_at(machine, (uint64_t)(2 + round) * PAGE + 4), 0);
	assert_int_equal(word_at(machine, ECHOES + 2u * round), 1000 * round + 1);
	CHECK(um_copy_out(space_of(machine), um_addr_of(MAILBOX), &next, sizeof next, 0), 2, UM_OK);
}

/* A read-only slot and a hole are devices to the machine, and are left by it to us. */
static void refuse_write_to_rom(struct machine *machine)
{
	const struct kvm_run *state = machine->run;
	unsigned char byte;

	assert_true(state->mmio.is_write && state->mmio.len == 1 && state->mmio.data[0] == 0x55);
	assert_int_equal(state->mmio.phys_addr, ROM_AT + 0x8000);
	CHECK(um_copy_out(space_of(machine), um_addr_of(state->mmio.phys_addr), state->mmio.data, 1, 0), 0, UM_DENIED);
	CHECK(um_copy_in(space_of(machine), &byte, um_addr_of(state->mmio.phys_addr), 1, 0), 1, UM_OK);
	assert_int_equal(byte, 0);
}

/* Pages of a slot that KVM logged, or that we marked, or both: those that are not as they were. */
static void assert_logs(struct machine *machine, uint32_t i, uint64_t by_machine, uint64_t by_us)
{
	const struct um_guest_slot *slot = &machine->map.slots[i];
	uint64_t logged = 0, marked, changed = 0;
	struct kvm_dirty_log log = { .slot = i, .dirty_bitmap = &logged };
	unsigned char *then = machine->before + ((unsigned char *)slot->host - machine->memory);
	uint64_t page;

	assert_int_equal(ioctl(machine->vm, KVM_GET_DIRTY_LOG, &log), 0);
	um_guest_take_dirty(&machine->map, i, 0, &marked, 1);
	for (page = 0; page < slot->range.length / PAGE; page++)
		if (memcmp((unsigned char *)slot->host + page * PAGE, then + page * PAGE, PAGE) != 0)
			changed |= (uint64_t)1 << page;
	assert_int_equal(logged, by_machine);
	assert_int_equal(marked, by_us);
	assert_int_equal(changed, by_machine | by_us);
}

static void a_machine_and_we_write_to_its_memory(void **state)
{
	struct machine machine;
	uint16_t round;

	(void)state;
	open_host(&machine);
	open_memory(&machine);
	open_processor(&machine, machine_code);
	memcpy(machine.before, machine.memory, SIZE);
	for (round = 0; round < ROUNDS; round++) {
		assert_int_equal(run(&machine), KVM_EXIT_IO);
		serve_round(&machine, round);
	}
	assert_int_equal(run(&machine), KVM_EXIT_MMIO);
	refuse_write_to_rom(&machine);
	assert_int_equal(run(&machine), KVM_EXIT_HLT);
	assert_int_equal(word_at(&machine, HIGH_AT + 0x3abc), 0x77);
	/* Its words went to pages 1 to 5, its echoes to page 6; page 5 has our mailbox as well. */
	assert_logs(&machine, 0, 0x7e, 1 << (MAILBOX / PAGE));
	assert_logs(&machine, 1, 1 << 3, 0);
	close_machine(&machine);
}

struct adder {
	struct machine *machine;
	atomic_uint added;
	atomic_bool halted;
	unsigned wrong;
};

static void *add_until_it_halts(void *argument)
{
	struct adder *adder = argument;

	while (!atomic_load(&adder->halted)) {
		struct um_atomic_access add = { .op = UM_ADD, .size = 4, .operand = 1 };

		adder->wrong += um_atomic(space_of(adder->machine), um_addr_of(MAILBOX), &add, 0) != UM_OK;
		atomic_fetch_add(&adder->added, 1);
	}
	return NULL;
}

/* Both add to one word, and no addition is lost. */
static void atomics_against_a_machine(void **state)
{
	struct machine machine;
	struct adder adder = { .machine = &machine };
	pthread_t thread;
	uint32_t sum;

	(void)state;
	open_host(&machine);
	open_memory(&machine);
	open_processor(&machine, machine_adds);
	assert_int_equal(pthread_create(&thread, NULL, add_until_it_halts, &adder), 0);
	while (atomic_load(&adder.added) == 0)
		sched_yield();
	assert_int_equal(run(&machine), KVM_EXIT_HLT);
	atomic_store(&adder.halted, true);
	pthread_join(thread, NULL);
	assert_int_equal(adder.wrong, 0);
	CHECK(um_copy_in(space_of(&machine), &sum, um_addr_of(MAILBOX), sizeof sum, 0), 4, UM_OK);
	assert_int_equal(sum, ADDS + adder.added);
	close_machine(&machine);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_machine_and_we_write_to_its_memory),
		cmocka_unit_test(atomics_against_a_machine),
	};

	return cmocka_run_group_tests_name("guest kvm", tests, NULL, NULL);
}
