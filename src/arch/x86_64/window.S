/*
 * In a kernel with SMAP: RFLAGS.AC set for the access alone, and put back to what it was (law 22).
 *
 * In, out: r8 the access register.  rax is lost.
 */
#include "arch.h"

#define AC (1 << 18)

#ifdef UM_FREESTANDING

	.text

INTERNAL umi_window_open
	.hidden umi_features
	testb $UMI_PORT_SMAP, umi_features(%rip)
	je 1f
	pushfq
	.cfi_adjust_cfa_offset 8
	popq %rax
	.cfi_adjust_cfa_offset -8
	testl $AC, %eax
	jne 1f
	stac
	ret
1:	btsq $UMI_WINDOW_BIT, %r8
	ret
END umi_window_open

INTERNAL umi_window_close
	btq $UMI_WINDOW_BIT, %r8
	jc 1f
	clac
1:	ret
END umi_window_close

#endif

NOTES
