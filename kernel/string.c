/* What a C compiler may call by itself, and the library does; and comparing text. */
#include "kernel.h"

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *text);

/* gcc would make calls of these very functions of their loops. */
#ifdef __clang__
#define AS_WRITTEN
#else
#define AS_WRITTEN __attribute__((optimize("no-tree-loop-distribute-patterns")))
#endif

/* Eight bytes at a time where both sides are aligned so: this is what a page costs. */
typedef unsigned long __attribute__((may_alias)) word;

AS_WRITTEN void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	char *t = to;
	const char *f = from;

	if ((((size_t)t | (size_t)f) & (sizeof(word) - 1)) == 0) {
		for (; n >= sizeof(word); n -= sizeof(word), t += sizeof(word), f += sizeof(word))
			*(word *)(void *)t = *(const word *)(const void *)f;
	}
	while (n-- > 0)
		*t++ = *f++;
	return to;
}

AS_WRITTEN void *memmove(void *to, const void *from, size_t n)
{
	char *t = to;
	const char *f = from;

	if ((size_t)t - (size_t)f >= n)
		return memcpy(to, from, n);
	while (n-- > 0)
		t[n] = f[n];
	return to;
}

AS_WRITTEN void *memset(void *to, int byte, size_t n)
{
	char *t = to;

	if (byte == 0 && ((size_t)t & (sizeof(word) - 1)) == 0) {
		for (; n >= sizeof(word); n -= sizeof(word), t += sizeof(word))
			*(word *)(void *)t = 0;
	}
	while (n-- > 0)
		*t++ = (char)byte;
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;

	for (; n > 0; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

AS_WRITTEN size_t strlen(const char *text)
{
	size_t n = 0;

	while (text[n] != '\0')
		n++;
	return n;
}

int strncmp(const char *a, const char *b, size_t most)
{
	size_t i;

	for (i = 0; i < most; i++)
		if (a[i] != b[i] || a[i] == '\0')
			return (unsigned char)a[i] - (unsigned char)b[i];
	return 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}
