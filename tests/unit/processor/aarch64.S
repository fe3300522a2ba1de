/* AArch64: what processor.h declares. */
	.macro FUNCTION name
	.globl \name
	.type \name, %function
\name:
	.endm

	/* Each of the caller's registers has a number of its own, from `first`. */
	.macro FILL first
	.irp n, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28
	mov x\n, #(\first + \n)
	.endr
	.irp n, 8, 9, 10, 11, 12, 13, 14, 15
	mov x16, #(\first + \n)
	fmov d\n, x16
	.endr
	.endm

	/* x16: not zero where one is not as FILL has left it. */
	.macro DIFFERENCES first
	mov x16, xzr
	.irp n, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28
	sub x17, x\n, #(\first + \n)
	orr x16, x16, x17
	.endr
	.irp n, 8, 9, 10, 11, 12, 13, 14, 15
	fmov x17, d\n
	sub x17, x17, #(\first + \n)
	orr x16, x16, x17
	.endr
	.endm

	.macro ALL how
	\how x19, x20, [sp]
	\how x21, x22, [sp, #16]
	\how x23, x24, [sp, #32]
	\how x25, x26, [sp, #48]
	\how x27, x28, [sp, #64]
	\how x29, x30, [sp, #80]
	\how d8, d9, [sp, #96]
	\how d10, d11, [sp, #112]
	\how d12, d13, [sp, #128]
	\how d14, d15, [sp, #144]
	.endm

	.text

FUNCTION load_at
FUNCTION load_at_stack_base
	ldrb w0, [x0]
	ret
	.size load_at, . - load_at
	.size load_at_stack_base, . - load_at_stack_base

FUNCTION push_at
	mov sp, x0
	str x1, [sp, #-16]!
	brk #0
	.size push_at, . - push_at

/* Rounds upwards. */
FUNCTION touch_messily
	FILL 100
	mov x16, #0x400000
	msr fpcr, x16
	ldrb w0, [x0]
	ret
	.size touch_messily, . - touch_messily

FUNCTION guard_keeps_registers
	sub sp, sp, #176
	ALL stp
	str x0, [sp, #160]
	FILL 0
	ldp x0, x1, [x1]
	bl um_guard
	ldr x2, [sp, #160]
	stp x0, x1, [x2]
	DIFFERENCES 0
	cmp x16, #0
	cset w0, eq
	ALL ldp
	add sp, sp, #176
	ret
	.size guard_keeps_registers, . - guard_keeps_registers

	.section .note.GNU-stack, "", %progbits
