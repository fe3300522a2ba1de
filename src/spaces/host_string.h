/* Strings where each read is a call of the host. */
#ifndef USERMEM_SPACES_HOST_STRING_H
#define USERMEM_SPACES_HOST_STRING_H

#include <usermem/space.h>

enum { HOST_PAGE = 4096 }; /* every host's pages are a multiple of it */

/* The op copy_string_in of a space that has no better way than its copy_in: page by page, so that a NUL before a bad page is
 * found and no page behind it is touched. */
struct um_result umi_host_string_in(struct um_space *space, char *dst, um_addr src, size_t limit, unsigned flags);

#endif
