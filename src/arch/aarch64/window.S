/*
 * In a kernel: the limit, and PAN cleared for one atomic access and put back to what it was (laws 21, 22).
 */
#include "arch.h"

#define PAN s3_0_c4_c2_3 /* as assemblers call it that do not know it */

#ifdef UM_FREESTANDING

	.text

/* In: x0 address, w3 flags, x9 where umi_atomic_close returns to.   Out: x0 within the limit; x8; x7 PAN as it
 * was; x4 umi_features. */
INTERNAL umi_atomic_open
	ubfiz x8, x3, #UMI_ACCESS_SHIFT, #32
	orr x8, x8, #UMI_FROM | UMI_TO
	LOAD_VARIABLE x4, umi_user_end
	cmp x0, x4
	csel x0, x0, x4, ls
	LOAD_VARIABLE x4, umi_features
	tbz x4, #UMI_PORT_PAN_BIT, 1f
	mrs x7, PAN
	msr PAN, xzr
	ret
1:	orr x8, x8, #1 << UMI_WINDOW_BIT
	ret
END umi_atomic_open

INTERNAL umi_atomic_close
	tbnz x8, #UMI_WINDOW_BIT, 1f
	msr PAN, x7
1:	ret x9
END umi_atomic_close

#endif

NOTES
