/*
 * In a kernel: SUM set for the access alone (law 22).
 */
#include "arch.h"

#ifdef UM_FREESTANDING

	.text

/* For atomic.S.  In: a0 address, a3 flags, t0 where to return to.   Out: a0 within the limit; a7.  t1 to t6 are lost. */
INTERNAL umi_atomic_open
	mv t3, t0
	OPEN UMI_FROM | UMI_TO, a0
	jr t3
END umi_atomic_open

/* In: t0 where to return to.  Out: a7 has UMI_WINDOW_BIT where SUM was set before.  t5 and t6 are lost. */
INTERNAL umi_window_open
	li t6, UMI_SUM
	csrrs t5, sstatus, t6
	and t5, t5, t6
	slli t5, t5, UMI_WINDOW_BIT - 18
	or a7, a7, t5
	jr t0
END umi_window_open

#endif

NOTES
