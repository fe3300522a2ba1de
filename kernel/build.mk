# The reference kernel, for ARCH=x86_64, aarch64 or riscv64: OUT/kernel, which QEMU boots.
#
#   make -f kernel/build.mk ARCH=riscv64 [OUT=build-kernel/riscv64]

ARCH ?= x86_64
OUT  ?= build-kernel/$(ARCH)

CROSS_x86_64 =
CROSS_aarch64 = aarch64-linux-gnu-
CROSS_riscv64 = riscv64-linux-gnu-
CROSS = $(CROSS_$(ARCH))

FLAGS_x86_64 = -mcmodel=kernel -mno-red-zone -mgeneral-regs-only
FLAGS_aarch64 = -mgeneral-regs-only -mstrict-align
FLAGS_riscv64 = -march=rv64imac_zicsr -mabi=lp64 -mcmodel=medany
FLAGS = -ffreestanding -fno-pic -fno-stack-protector -fno-omit-frame-pointer $(FLAGS_$(ARCH))

SOURCES := $(wildcard kernel/*.c kernel/arch/$(ARCH)/*.[cS])
OBJECTS := $(SOURCES:%=$(OUT)/%.o)
SCRIPT = kernel/arch/$(ARCH)/link.ld

$(OUT)/kernel: $(OBJECTS) $(OUT)/core/libusermem-core.a $(SCRIPT)
	$(CROSS)gcc -nostdlib -static -no-pie -Wl,-T,$(SCRIPT) -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,--no-warn-rwx-segments -o $@ $(OBJECTS) $(OUT)/core/libusermem-core.a

$(OUT)/%.o: % kernel/build.mk
	@mkdir -p $(@D)
	$(CROSS)gcc -std=gnu11 -O2 -g $(FLAGS) -Wall -Wextra -Wconversion -Wshadow -Werror -DUM_FREESTANDING -Iinclude -Ikernel -Ikernel/arch/$(ARCH) -MMD -MP -c -o $@ $<

$(OUT)/core/libusermem-core.a: core
	@$(MAKE) --no-print-directory -f core.mk CC=$(CROSS)gcc AR=$(CROSS)ar ARCH=$(ARCH) OUT=$(OUT)/core CFLAGS="$(filter-out -ffreestanding,$(FLAGS))" $@

-include $(OBJECTS:.o=.d)
.PHONY: core
