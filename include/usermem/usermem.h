/*
 * usermem: touching memory that you do not trust.  All of it; the contracts are in the headers named here.
 */
#ifndef USERMEM_USERMEM_H
#define USERMEM_USERMEM_H

#include <usermem/access.h>
#include <usermem/addr.h>
#include <usermem/atomic.h>
#include <usermem/copy.h>
#include <usermem/cursor.h>
#include <usermem/fault.h>
#include <usermem/guard.h>
#include <usermem/iovec.h>
#include <usermem/port.h>
#ifndef __cplusplus
#include <usermem/ptr.h>
#endif
#include <usermem/ranges.h>
#include <usermem/space.h>
#include <usermem/status.h>
#include <usermem/struct.h>
#include <usermem/text.h>
#include <usermem/spaces/audit.h>
#include <usermem/spaces/bytes.h>
#include <usermem/spaces/guest.h>
#include <usermem/spaces/corefile.h>
#include <usermem/spaces/mm.h>
#include <usermem/spaces/pagetable.h>
#include <usermem/spaces/remote.h>
#include <usermem/spaces/self.h>
#include <usermem/spaces/share.h>

#endif
