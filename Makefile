# The front door.  Meson is the build of record; each target says here what it does and what it installs.
#
#   make demo    builds, then traces a real program and one that lies        (the main job)
#   make check   builds and runs the tests
#   make bench   the library and its peers, side by side in one run
#   make check-asan, check-tsan, check-valgrind, check-clang    the tests under tools
#   make check-aarch64, check-riscv64    the tests on another architecture, under qemu-user; and of AArch64 those that ask Linux, on Debian 12's under QEMU
#   make check-kernel [ARCH=...]    the suites inside the reference kernel, on all three architectures or one, under QEMU
#   make check-linux    thousands of system calls with bad pointers, on the reference kernel as on Debian 12's Linux, under QEMU
#   make demo-kernel [ARCH=x86_64]  boots the reference kernel to a shell
#   make demo-kernel-hostile [ARCH=x86_64]    the same, to a program that lies to it
#   make proofs  the arithmetic by Frama-C WP, and planted bugs that it must reject    (some ten minutes; less the second time)
#   make fuzz    random programs against the model, under libFuzzer, for FUZZ_SECONDS=60
#   make size    the freestanding core on each architecture: text and undefined symbols
#   make install PREFIX=/usr/local [DESTDIR=...]

BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
FUZZ_SECONDS ?= 60
ARCHS = $(or $(ARCH),x86_64 aarch64 riscv64)

NEED_BUILD = gcc libc6-dev meson pkgconf libbsd-dev libelf-dev libjansson-dev libseccomp-dev
NEED_CHECK = $(NEED_BUILD) g++ clang gdb libcmocka-dev python3 mandoc
NEED_BENCH = $(NEED_BUILD) strace cargo librust-vm-memory-dev
NEED_PROOFS = gcc frama-c-base why3 z3 cvc4 python3
NEED_FUZZ  = $(NEED_CHECK)
NEED_CROSS = $(NEED_CHECK) qemu-user-static dpkg-dev cmake gperf
NEED_AARCH64 = $(NEED_CROSS) gcc-aarch64-linux-gnu g++-aarch64-linux-gnu libc6-dev-arm64-cross qemu-system-arm
NEED_RISCV64 = $(NEED_CROSS) gcc-riscv64-linux-gnu g++-riscv64-linux-gnu libc6-dev-riscv64-cross
NEED_X86_64_KERNEL = gcc libc6-dev libbsd-dev qemu-system-x86 python3
NEED_AARCH64_KERNEL = gcc-aarch64-linux-gnu libc6-dev-arm64-cross libbsd-dev qemu-system-arm python3
NEED_RISCV64_KERNEL = gcc-riscv64-linux-gnu libc6-dev-riscv64-cross libbsd-dev qemu-system-misc opensbi python3
NEED_INITRAMFS = cpio dpkg-dev bzip2 xz-utils patch
NEED_SIZE = gcc gcc-aarch64-linux-gnu gcc-riscv64-linux-gnu libbsd-dev

.PHONY: all demo check check-asan check-tsan check-valgrind check-clang check-aarch64 check-riscv64 check-kernel check-linux demo-kernel demo-kernel-hostile bench proofs fuzz size install clean

all: need-build
	@tools/configure $(BUILD) --buildtype=release
	@ninja -C $(BUILD) --quiet

need-%:
	@tools/need $(NEED_$(shell echo $* | tr a-z A-Z))

demo: all
	@examples/demo $(BUILD)

check: need-check need-initramfs $(ARCHS:%=kernel-%)
	@tools/configure $(BUILD)-check --buildtype=debugoptimized -Dtests=enabled -Dkernels=$(CURDIR)/$(BUILD)-kernel
	@tests/run $(BUILD)-check --no-suite kernel-long

# gcc's sanitizers change what its warnings see; the other builds insist on none.
check-asan: need-check
	@tools/configure $(BUILD)-asan --buildtype=debugoptimized -Dtests=enabled -Dwerror=false -Db_sanitize=address,undefined -Db_lundef=false
	@tests/run $(BUILD)-asan

check-tsan: need-check
	@tools/configure $(BUILD)-tsan --buildtype=debugoptimized -Dtests=enabled -Dwerror=false -Db_sanitize=thread -Db_lundef=false
	@tests/run $(BUILD)-tsan --setup=tsan

check-valgrind: need-check
	@tools/need valgrind
	@tools/configure $(BUILD)-check --buildtype=debugoptimized -Dtests=enabled
	@tests/run $(BUILD)-check --setup=valgrind
	@tests/run $(BUILD)-check --setup=system_under_valgrind 'system cli' 'system find' 'system compare' 'system dump' 'system trace' 'system trace audit'

check-clang: need-check need-initramfs $(ARCHS:%=clang-kernel-%)
	@CC=clang tools/configure $(BUILD)-clang --buildtype=debugoptimized -Dtests=enabled -Dkernels=$(CURDIR)/$(BUILD)-clang-kernel
	@tests/run $(BUILD)-clang --no-suite kernel-long

# What these programs need of libraries is built there, too; an emulator takes its time.
check-aarch64 check-riscv64: check-%: need-%
	@tests/cross/sysroot $* $(BUILD)-$*/sysroot
	@CROSS='$(BUILD)-$*/sysroot/cross.ini tests/cross/linux.ini' tools/configure $(BUILD)-$* --buildtype=debugoptimized -Dtests=enabled
	@tests/run $(BUILD)-$* --setup=emulated

kernel-%:
	@tools/need $(NEED_$(shell echo $* | tr a-z A-Z)_KERNEL)
	@$(MAKE) --no-print-directory -j$(shell nproc) --quiet -f kernel/build.mk ARCH=$* OUT=$(BUILD)-kernel/$*

clang-kernel-%:
	@tools/need $(NEED_$(shell echo $* | tr a-z A-Z)_KERNEL)
	@$(MAKE) --no-print-directory -j$(shell nproc) --quiet -f kernel/build.mk ARCH=$* CC='clang --target=$*-linux-gnu' OUT=$(BUILD)-clang-kernel/$*

check-kernel: need-check need-initramfs $(ARCHS:%=kernel-%)
	@tools/configure $(BUILD)-check --buildtype=debugoptimized -Dtests=enabled -Dkernels=$(CURDIR)/$(BUILD)-kernel
	@tests/run $(BUILD)-check $(ARCHS:%=--suite=kernel-%)

check-linux: need-check $(ARCHS:%=kernel-%)
	@tools/configure $(BUILD)-check --buildtype=debugoptimized -Dtests=enabled -Dkernels=$(CURDIR)/$(BUILD)-kernel
	@tests/run $(BUILD)-check --suite=linux

demo-kernel: need-initramfs kernel-$(or $(ARCH),x86_64)
	@kernel/demo $(or $(ARCH),x86_64) $(BUILD)-kernel shell

demo-kernel-hostile: need-initramfs kernel-$(or $(ARCH),x86_64)
	@kernel/demo $(or $(ARCH),x86_64) $(BUILD)-kernel hostile

# A build of its own, where the library counts its branches for libFuzzer.
fuzz: need-fuzz
	@CC=clang tools/configure $(BUILD)-fuzz --buildtype=debugoptimized -Dtests=enabled -Dwerror=false -Db_sanitize=address,undefined -Db_lundef=false \
		-Dc_args="['-fsanitize=fuzzer-no-link','-fsanitize-coverage-allowlist=$(CURDIR)/tests/fuzz/instrumented']"
	@tests/fuzz/run $(BUILD)-fuzz $(FUZZ_SECONDS)

bench: need-bench
	@tools/configure $(BUILD) --buildtype=release
	@bench/run $(BUILD)

proofs: need-proofs
	@tests/proofs/run $(BUILD)-proofs

size: need-size
	@for arch in x86_64 aarch64 riscv64; do $(MAKE) --no-print-directory --silent -f core.mk ARCH=$$arch size || exit; done

install: all
	@DESTDIR=$(DESTDIR) meson configure $(BUILD) --prefix $(PREFIX)
	@DESTDIR=$(DESTDIR) meson install -C $(BUILD) --quiet

clean:
	rm -rf $(BUILD) $(BUILD)-check $(BUILD)-asan $(BUILD)-tsan $(BUILD)-clang $(BUILD)-proofs $(BUILD)-fuzz $(BUILD)-aarch64 $(BUILD)-riscv64 $(BUILD)-kernel $(BUILD)-clang-kernel build-core
