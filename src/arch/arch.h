/* The architecture that this is built for. */
#if defined __x86_64__
#include "x86_64/arch.h"
#elif defined __aarch64__
#include "aarch64/arch.h"
#elif defined __riscv && __riscv_xlen == 64
#include "riscv64/arch.h"
#else
#error "usermem knows x86-64, AArch64 and RISC-V 64"
#endif
