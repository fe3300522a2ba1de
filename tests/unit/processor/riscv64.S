/* RISC-V 64: what processor.h declares. */
	.macro FUNCTION name
	.globl \name
	.type \name, %function
\name:
	.endm

	/* Each of the caller's registers has a number of its own, from `first`. */
	.macro FILL first
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	li s\n, \first + \n
	li t0, \first + 50 + \n
	fmv.d.x fs\n, t0
	.endr
	.endm

	/* t0: not zero where one is not as FILL has left it. */
	.macro DIFFERENCES first
	li t0, 0
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	addi t1, s\n, -(\first + \n)
	or t0, t0, t1
	fmv.x.d t1, fs\n
	addi t1, t1, -(\first + 50 + \n)
	or t0, t0, t1
	.endr
	.endm

	.macro ALL how, fhow
	\how ra, (sp)
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	\how s\n, 8 + 16 * \n(sp)
	\fhow fs\n, 16 + 16 * \n(sp)
	.endr
	.endm

	.text

	.option push
	.option norvc
FUNCTION load_at
FUNCTION load_at_stack_base
	lbu a0, (a0)
	ret
	.size load_at, . - load_at
	.size load_at_stack_base, . - load_at_stack_base
	.option pop

FUNCTION push_at
	mv sp, a0
	sd a1, -16(sp)
	unimp
	.size push_at, . - push_at

/* Rounds upwards. */
FUNCTION touch_messily
	FILL 200
	li t0, 0x60
	fscsr t0
	lbu a0, (a0)
	ret
	.size touch_messily, . - touch_messily

FUNCTION guard_keeps_registers
	addi sp, sp, -224
	ALL sd, fsd
	sd a0, 208(sp)
	FILL 0
	ld a0, (a1)
	ld a1, 8(a1)
	call um_guard
	ld a2, 208(sp)
	sd a0, (a2)
	sd a1, 8(a2)
	DIFFERENCES 0
	seqz a0, t0
	ALL ld, fld
	addi sp, sp, 224
	ret
	.size guard_keeps_registers, . - guard_keeps_registers

	.section .note.GNU-stack, "", %progbits
