/* Kinds of values for messages: buffers in lists, and addresses of sockets. */
#include "trace_names.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

enum { BUFFERS_SHOWN = 16 };

/* What of the buffers will be shown, by one call. */
static void buffers_prefetch(struct decode *decode, const struct iovec *buffers, size_t count, uint64_t bytes)
{
	struct um_range ranges[BUFFERS_SHOWN];

	for (size_t i = 0; i < count; i++) {
		uint64_t n = buffers[i].iov_len < bytes ? buffers[i].iov_len : bytes;

		bytes -= n;
		ranges[i].start = um_addr_of((uint64_t)buffers[i].iov_base);
		ranges[i].length = n < decode->options->strings ? n : decode->options->strings;
	}
	snapshot_prefetch(decode->memory, ranges, count);
}

/* bytes: of all buffers together so many mean something. */
static void buffers_show(struct decode *decode, uint64_t addr, uint64_t count, uint64_t bytes)
{
	struct iovec buffers[BUFFERS_SHOWN];
	size_t shown = count < BUFFERS_SHOWN ? (size_t)count : BUFFERS_SHOWN, whole;
	struct um_result result;

	if (addr == 0 && count == 0) {
		show_word(decode->show, "NULL");
		return;
	}
	result = snapshot_read(decode->memory, buffers, addr, shown * sizeof *buffers);
	if (result.done == 0 && result.status != UM_OK) {
		show_fault(decode->show, addr, result.status);
		return;
	}
	whole = result.done / sizeof *buffers;
	buffers_prefetch(decode, buffers, whole, bytes);
	show_open(decode->show, '[');
	for (size_t i = 0; i < whole; i++) {
		uint64_t n = buffers[i].iov_len < bytes ? buffers[i].iov_len : bytes;

		bytes -= n;
		show_open(decode->show, '{');
		show_name(decode->show, "iov_base");
		bytes_show(decode, (uint64_t)buffers[i].iov_base, n);
		show_name(decode->show, "iov_len");
		show_unsigned(decode->show, buffers[i].iov_len);
		show_close(decode->show, '}');
	}
	if (result.status != UM_OK)
		show_fault(decode->show, addr + result.done, result.status);
	else if (shown < count)
		show_more(decode->show);
	show_close(decode->show, ']');
}

static uint64_t bytes_transferred(const struct decode *decode, const struct kind *kind)
{
	return kind->by_result && decode->returned && !decode->failed ? (uint64_t)decode->result : UINT64_MAX;
}

void kind_iovec(struct decode *decode, const struct kind *kind, struct value value)
{
	buffers_show(decode, value.number, decode->args[kind->from - 1], bytes_transferred(decode, kind));
}

static void show_address_text(struct decode *decode, int family, const void *address)
{
	char text[INET6_ADDRSTRLEN];
	struct ending whole = { UM_OK, 0, false };

	show_bytes(decode->show, text, inet_ntop(family, address, text, sizeof text) ? strlen(text) : 0, whole);
}

/* The members behind the family, of `length` bytes that are there; the rest is zero. */
static void family_show(struct decode *decode, const struct sockaddr_storage *storage, size_t length)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)storage;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)storage;
	const size_t path_at = offsetof(struct sockaddr_un, sun_path);
	struct ending whole = { UM_OK, 0, false };
	size_t path = length - path_at < sizeof ((struct sockaddr_un *)0)->sun_path ? length - path_at : sizeof ((struct sockaddr_un *)0)->sun_path;
	const char *bytes = (const char *)storage;

	if (storage->ss_family == AF_UNIX && length > path_at) {
		/* An abstract name begins with a NUL, and ends where its length says. */
		show_name(decode->show, "sun_path");
		show_bytes(decode->show, bytes + path_at, bytes[path_at] ? strnlen(bytes + path_at, path) : path, whole);
	} else if (storage->ss_family == AF_INET && length >= sizeof *in) {
		show_name(decode->show, "sin_port");
		show_unsigned(decode->show, ntohs(in->sin_port));
		show_name(decode->show, "sin_addr");
		show_address_text(decode, AF_INET, &in->sin_addr);
	} else if (storage->ss_family == AF_INET6 && length >= offsetof(struct sockaddr_in6, sin6_scope_id)) {
		show_name(decode->show, "sin6_port");
		show_unsigned(decode->show, ntohs(in6->sin6_port));
		show_name(decode->show, "sin6_addr");
		show_address_text(decode, AF_INET6, &in6->sin6_addr);
	} else if (length > sizeof storage->ss_family) {
		show_name(decode->show, "sa_data");
		show_bytes(decode->show, bytes + sizeof storage->ss_family, length - sizeof storage->ss_family, whole);
	}
}

static void sockaddr_show(struct decode *decode, uint64_t addr, uint64_t length)
{
	struct kind family = { .about = names_family };
	struct sockaddr_storage storage;
	struct um_result result;

	if (addr == 0) {
		show_word(decode->show, "NULL");
		return;
	}
	memset(&storage, 0, sizeof storage);
	result = snapshot_read(decode->memory, &storage, addr, length < sizeof storage ? (size_t)length : sizeof storage);
	if (result.status != UM_OK && result.done < sizeof storage.ss_family) {
		show_fault(decode->show, addr, result.status);
		return;
	}
	show_open(decode->show, '{');
	if (result.done >= sizeof storage.ss_family) {
		show_name(decode->show, "sa_family");
		kind_enum(decode, &family, (struct value){ storage.ss_family, NULL, sizeof storage.ss_family });
		family_show(decode, &storage, result.done);
	}
	if (result.status != UM_OK)
		show_fault(decode->show, addr + result.done, result.status);
	show_close(decode->show, '}');
}

/* about: the argument points at the length. */
void kind_sockaddr(struct decode *decode, const struct kind *kind, struct value value)
{
	uint64_t length = decode->args[kind->from - 1];
	uint32_t pointed;

	if (kind->about && value.number != 0) {
		struct um_result result;

		if (unwritten_show(decode, value.number, 1))
			return;
		result = snapshot_read(decode->memory, &pointed, length, sizeof pointed);
		if (result.status != UM_OK) {
			show_hex(decode->show, value.number);
			return;
		}
		length = pointed;
	}
	sockaddr_show(decode, value.number, (uint32_t)length);
}

static void message_members(struct decode *decode, const struct msghdr *message, uint64_t bytes)
{
	struct kind flags = { .about = names_message_flags };

	show_name(decode->show, "msg_name");
	sockaddr_show(decode, (uint64_t)message->msg_name, message->msg_namelen);
	show_name(decode->show, "msg_namelen");
	show_unsigned(decode->show, message->msg_namelen);
	show_name(decode->show, "msg_iov");
	buffers_show(decode, (uint64_t)message->msg_iov, message->msg_iovlen, bytes);
	show_name(decode->show, "msg_iovlen");
	show_unsigned(decode->show, message->msg_iovlen);
	if (message->msg_controllen) {
		show_name(decode->show, "msg_control");
		bytes_show(decode, (uint64_t)message->msg_control, message->msg_controllen);
	}
	show_name(decode->show, "msg_controllen");
	show_unsigned(decode->show, message->msg_controllen);
	show_name(decode->show, "msg_flags");
	kind_flags(decode, &flags, (struct value){ (unsigned)message->msg_flags, NULL, sizeof message->msg_flags });
}

void kind_message(struct decode *decode, const struct kind *kind, struct value value)
{
	struct msghdr message;
	struct um_result result;

	if (value.number == 0) {
		show_word(decode->show, "NULL");
		return;
	}
	result = snapshot_read(decode->memory, &message, value.number, sizeof message);
	if (result.status != UM_OK) {
		show_fault(decode->show, value.number + result.done, result.status);
		return;
	}
	show_open(decode->show, '{');
	message_members(decode, &message, bytes_transferred(decode, kind));
	show_close(decode->show, '}');
}
