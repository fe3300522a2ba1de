/*
 * From PVH's entry (32-bit code, no paging, ebx the start information) to start() in the higher half, with the tables that it takes.
 */
#include "machine.h"

#define PHYSICAL(symbol) ((symbol) - ARCH_IMAGE)
#define LARGE_SHIFT 21

#define TABLE 0x23
#define LARGE_READ (PTE_LARGE_WRITE & ~2)
#define UNCACHED 0x18
#define NO_EXEC (1 << 63)

#define APIC_PAGE (0xfee00000 >> LARGE_SHIFT)

	.section .note.pvh, "a", @note
	.long 4, 8, 18 /* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.quad PHYSICAL(entry)

	.text
	.code32
entry:
	cld
	movl $PHYSICAL(root), %eax
	movl %eax, %cr3
	movl $0x620, %eax /* PAE, OSFXSR, OSXMMEXCPT */
	movl %eax, %cr4
	movl $0xc0000080, %ecx
	movl $0x901, %eax /* EFER: SCE, LME, NXE */
	xorl %edx, %edx
	wrmsr
	movl $0x80050033, %eax /* PG, AM, WP, NE, ET, MP, PE */
	movl %eax, %cr0
	lgdt PHYSICAL(low_descriptors)
	ljmp $KERNEL_CODE, $PHYSICAL(1f)
	.code64
1:	movq $2f, %rax
	jmp *%rax
2:	lgdt descriptors(%rip)
	movl $KERNEL_DATA, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	xorl %eax, %eax
	movl %eax, %fs
	movl %eax, %gs
	xorl %ebp, %ebp
	movq $boot_stack_end, %rsp
	movl %ebx, %edi
	call start

	.data
	.balign 16
	.globl gdt
gdt:	.quad 0, 0
	.quad 0x00af9b000000ffff /* KERNEL_CODE */
	.quad 0x00cf93000000ffff
	.quad 0                  /* USER_BASE: no program is of 32 bits, whose SYSCALL would go nowhere in the kernel */
	.quad 0x00cff3000000ffff
	.quad 0x00affb000000ffff /* USER_CODE */
	.quad 0, 0, 0            /* TASK: start() has its address */
gdt_end:
low_descriptors:
	.word gdt_end - gdt - 1
	.long PHYSICAL(gdt)
descriptors:
	.word gdt_end - gdt - 1
	.quad gdt

	.balign 4096
	.globl root, direct
root:	.quad PHYSICAL(image_1g) + TABLE /* the image where it is physically: start() ends that */
	.fill 255, 8, 0
	.quad PHYSICAL(direct) + TABLE /* ARCH_DIRECT */
	.fill 254, 8, 0
	.quad PHYSICAL(image_1g) + TABLE /* ARCH_IMAGE */
image_1g:
	.quad PHYSICAL(image) + TABLE
	.fill 509, 8, 0
	.quad PHYSICAL(image) + TABLE
	.quad 0
direct: .irp i, 0, 1, 2, 3
	.quad PHYSICAL(direct_2m) + 4096 * \i + TABLE
	.endr
	.fill 508, 8, 0

/* The first page holds nothing of the image, then come code, constants and data. */
image:	.quad 0
	.quad 1 << LARGE_SHIFT | LARGE_READ
	.quad 2 << LARGE_SHIFT | LARGE_READ | NO_EXEC
	.set page, 3
	.rept 509
	.quad page << LARGE_SHIFT | PTE_LARGE_WRITE | NO_EXEC
	.set page, page + 1
	.endr

direct_2m:
	.set page, 0
	.rept 2048
	.if page == 1 || page == 2
	.quad page << LARGE_SHIFT | LARGE_READ | NO_EXEC
	.elseif page == APIC_PAGE
	.quad page << LARGE_SHIFT | PTE_LARGE_WRITE | UNCACHED | NO_EXEC
	.else
	.quad page << LARGE_SHIFT | PTE_LARGE_WRITE | NO_EXEC
	.endif
	.set page, page + 1
	.endr

	.bss
	.balign 16
	.fill 16384, 1, 0
boot_stack_end:

	.section .note.GNU-stack, "", @progbits
