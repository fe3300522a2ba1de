# The reference kernel, for ARCH=x86_64, aarch64 or riscv64: OUT/kernel, which QEMU boots (kernel/run), and OUT/suites, the same kernel
# with the test suites in place of a first process.  OUT/program is of tests/kernel/ARCH: a first process that tries what the machine does;
# OUT/promises tries what every machine must do, and OUT/fuzz whatever comes to its mind.
#
#   make -f kernel/build.mk ARCH=riscv64 [OUT=build-kernel/riscv64] [CC='clang --target=riscv64-linux-gnu']

ARCH ?= x86_64
OUT  ?= build-kernel/$(ARCH)

CROSS_x86_64 =
CROSS_aarch64 = aarch64-linux-gnu-
CROSS_riscv64 = riscv64-linux-gnu-
CROSS = $(CROSS_$(ARCH))
ifeq ($(origin CC),default)
CC = $(CROSS)gcc
endif

FLAGS_x86_64 = -mcmodel=kernel -mno-red-zone -mgeneral-regs-only
FLAGS_aarch64 = -mgeneral-regs-only
# Older assemblers do not know the names of what newer ones keep apart: control registers, and fence.i.
APART := $(if $(filter riscv64,$(ARCH)),$(shell echo | $(CC) -march=rv64imac_zicsr_zifencei -mabi=lp64 -E - >/dev/null 2>&1 && echo _zicsr_zifencei))
FLAGS_riscv64 = -march=rv64imac$(APART) -mabi=lp64 -mcmodel=medany

PROGRAM_FLAGS_x86_64 = -mno-red-zone

# QEMU hands a device tree and an initrd to an AArch64 kernel only where that is a Linux image; debuggers want the OUT/kernel.elf that
# it is made of.
IMAGE_aarch64 = -O binary

FLAGS = -ffreestanding -fno-pic -fno-stack-protector -fno-omit-frame-pointer $(FLAGS_$(ARCH))

object = $(patsubst %,$(OUT)/objects/%.o,$(wildcard $(1)))
COMMON := $(filter-out %/init.c.o,$(call object,kernel/*.c kernel/arch/$(ARCH)/*.[cS])) $(OUT)/core/libusermem-core.a
KERNEL := $(call object,kernel/init.c)
SUITES := $(call object,tests/kernel/*.c) $(filter-out $(OUT)/objects/tests/conformance/run%,$(call object,tests/conformance/*.c))
PROGRAM := $(wildcard tests/kernel/$(ARCH)/*.[cS])
PROMISES := $(wildcard tests/kernel/promises/*.c) tests/kernel/promises/$(ARCH).S
FUZZ := $(wildcard tests/kernel/fuzz/*.c)
SCRIPT = kernel/arch/$(ARCH)/link.ld

all: $(OUT)/kernel $(OUT)/suites $(OUT)/program $(OUT)/promises $(OUT)/fuzz

$(OUT)/kernel: $(KERNEL) $(COMMON) $(SCRIPT)
	$(LINK)

$(OUT)/suites: $(SUITES) $(COMMON) $(SCRIPT)
	$(LINK)

$(OUT)/program: $(PROGRAM) tests/kernel/program.h
	$(CROSS)gcc -std=gnu11 -O2 -g -static -D_GNU_SOURCE -fno-stack-protector $(PROGRAM_FLAGS_$(ARCH)) -Wall -Wextra -Wshadow -Werror -o $@ $(PROGRAM)

$(OUT)/promises: $(PROMISES) $(wildcard tests/kernel/promises/*.h)
	$(CROSS)gcc -std=gnu11 -O2 -g -static -pthread -fasynchronous-unwind-tables -Wall -Wextra -Wconversion -Wshadow -Werror -o $@ $(PROMISES) -lm

$(OUT)/fuzz: $(FUZZ) tests/kernel/fuzz/fuzz.h
	$(CROSS)gcc -std=gnu11 -O2 -g -static -fno-stack-protector -Wall -Wextra -Wconversion -Wshadow -Werror -o $@ $(FUZZ)

define LINK
$(CROSS)gcc -nostdlib -static -no-pie -Wl,-T,$(SCRIPT) -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,--no-warn-rwx-segments -o $@.elf $(filter %.o %.a,$^)
	$(CROSS)objcopy $(IMAGE_$(ARCH)) $@.elf $@
endef

$(OUT)/objects/%.o: % kernel/build.mk
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 -g $(FLAGS) -Wall -Wextra -Wconversion -Wshadow -Werror -DUM_FREESTANDING -Iinclude -Ikernel -Ikernel/arch/$(ARCH) -Itests/conformance -MMD -MP -c -o $@ $<

$(OUT)/core/libusermem-core.a: core
	@$(MAKE) --no-print-directory -f core.mk ARCH=$(ARCH) CROSS=$(CROSS) CC='$(CC)' OUT=$(OUT)/core CFLAGS="$(FLAGS)" $@

-include $(patsubst %.o,%.d,$(filter %.o,$(COMMON) $(KERNEL) $(SUITES)))
.PHONY: all core
