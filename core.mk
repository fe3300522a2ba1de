# The freestanding core alone, for kernels and for vendoring without Meson: floors 0 to 2, 4 and 5, and the spaces that need no
# host, with general registers alone.  mm wants <bsd/sys/tree.h>, macros alone, of libbsd's headers.
#
#   make -f core.mk [ARCH=x86_64|aarch64|riscv64 CROSS=prefix- CC=... CFLAGS=... OUT=build-core/ARCH]    OUT/libusermem-core.a
#   make -f core.mk size                           builds it, checks and prints what it weighs, without mm and with it
#
# A kernel's own CFLAGS come last (-mno-red-zone -mcmodel=kernel, -fno-omit-frame-pointer).

ARCH ?= x86_64
OUT  ?= build-core/$(ARCH)
BSD  ?= /usr/include
CROSS ?= $(if $(filter-out $(shell uname -m),$(ARCH)),$(ARCH)-linux-gnu-)
ifneq ($(CROSS),)
CC = $(CROSS)gcc
AR = $(CROSS)ar
LD = $(CROSS)ld
endif
TEXT_MAX = 24576

CORE = addr ranges status space visit fault fetch copy atomic text struct iovec cursor ptr spaces/bytes spaces/own spaces/guest spaces/pagetable spaces/pagetable_walk spaces/audit spaces/share port/freestanding
MM = $(addprefix spaces/,mm mm_active mm_fork mm_map mm_page mm_quiet mm_view pmap pmap_radix)
ARCH_SOURCES := $(filter-out %guard.S %vector.S %choose.c,$(wildcard src/arch/$(ARCH)/*.S src/arch/$(ARCH)/*.c))
OBJECTS := $(CORE:%=$(OUT)/%.o) $(MM:%=$(OUT)/%.o) $(patsubst src/%,$(OUT)/%.o,$(ARCH_SOURCES))

CFLAGS_x86_64 = -mgeneral-regs-only
CFLAGS_aarch64 = -mgeneral-regs-only -mno-outline-atomics -fno-pic
# Older assemblers do not know the name of what newer ones keep apart: the instructions that read and write control registers.
ZICSR := $(if $(filter riscv64,$(ARCH)),$(shell echo | $(CC) -march=rv64imac_zicsr -mabi=lp64 -E - >/dev/null 2>&1 && echo _zicsr))
CFLAGS_riscv64 = -march=rv64imac$(ZICSR) -mabi=lp64 -mcmodel=medany
# The core runs with its MMU on, where memory may be accessed unaligned: who wants otherwise says -mstrict-align.
# The compiler's own headers and libbsd's, and none of the C library's that a cross compiler may come with.
HEADERS := -Iinclude -nostdinc -isystem $(shell $(CC) -print-file-name=include) -idirafter $(BSD)
ALL_CFLAGS = -std=gnu11 -Oz -ffreestanding -fno-stack-protector -fomit-frame-pointer $(CFLAGS_$(ARCH)) \
             -Wall -Wextra -Wconversion -Wshadow -Werror $(HEADERS) -DUM_FREESTANDING $(CFLAGS)

$(OUT)/libusermem-core.a: $(OBJECTS)
	rm -f $@ && $(AR) rcs $@ $^

$(OUT)/%.o: src/%.c core.mk
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(OUT)/arch/%.S.o: src/arch/%.S core.mk
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(OUT)/arch/%.c.o: src/arch/%.c core.mk
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# One relocatable object of all of it leaves just what a kernel has to supply: what a C compiler itself may call.
# The ends of a section are the linker's.
size: $(OUT)/libusermem-core.a
	@$(LD) -r --whole-archive -o $(OUT)/whole.o $<
	@undefined=$$($(NM) -u $(OUT)/whole.o | awk '$$2 !~ /^__(start|stop)_um_extable$$/ { print $$2 }' | sort | xargs); \
	 text() { size -A "$$@" | awk '$$1 ~ /^\.text/ { sum += $$2 } END { print sum }'; }; \
	 mm=$$(text $(MM:%=$(OUT)/%.o)); text=$$(($$(text $(OBJECTS)) - mm)); \
	 echo "libusermem-core.a ($(ARCH)): text $$text bytes of at most $(TEXT_MAX), and $$mm of mm, undefined: $$undefined"; \
	 test "$$text" -le $(TEXT_MAX) && ! echo "$$undefined" | tr ' ' '\n' | grep -vxE 'memcpy|memmove|memset|memcmp|'

NM ?= nm
-include $(OBJECTS:.o=.d)
.PHONY: size
