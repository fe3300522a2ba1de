/*
 * The differential model under libFuzzer: the first byte of an input picks the world, the rest is a program (see
 * tests/model/driver.h).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../model/worlds.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);

enum { HEAD = 3 }; /* the world, and the program's seed */

static struct subject {
	struct world *world;
	bool audited, open;
	struct drive *drive;
	unsigned long long programs, operations;
} subjects[2 * WORLDS];

/* Twice each: alone and with an audit around it. */
static void tell(void)
{
	size_t i;

	for (i = 0; i < 2 * WORLDS; i++)
		fprintf(stderr, "usermem: %s%s: %llu programs, %llu operations\n", subjects[i].audited ? "audited-" : "", subjects[i].world->name,
		        subjects[i].programs, subjects[i].operations);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	size_t i;

	(void)argc;
	(void)argv;
	for (i = 0; i < 2 * WORLDS; i++) {
		struct subject *subject = &subjects[i];

		*subject = (struct subject){ .world = worlds[i / 2], .audited = i % 2 };
		subject->open = i % 2 ? subjects[i - 1].open : subject->world->open(subject->world);
		subject->drive = i % 2 ? subjects[i - 1].drive : aligned_alloc(_Alignof(struct drive), sizeof *subject->drive);
		if (subject->drive == NULL)
			abort();
		if (i % 2 == 0)
			memset(subject->drive, 0, sizeof *subject->drive);
		if (!subject->open)
			fprintf(stderr, "usermem: %s is left out: %s\n", subject->world->name, subject->world->why);
	}
	return atexit(tell);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct subject *subject = size > 0 ? &subjects[data[0] % (2 * WORLDS)] : &subjects[0];
	uint64_t before = subject->drive->operations;

	if (size < HEAD || !subject->open)
		return 0;
	subject->drive->verbose = getenv("VERBOSE") != NULL;
	if (!drive_run(subject->drive, subject->world, subject->audited, data + 1, size - 1)) {
		size_t i;

		fprintf(stderr, "usermem: %s: %s; run-model -x ", subject->world->name, subject->drive->why);
		for (i = 1; i < size; i++)
			fprintf(stderr, "%02x", data[i]);
		fputc('\n', stderr);
		abort();
	}
	subject->programs++;
	subject->operations += subject->drive->operations - before;
	return 0;
}

/* By whole operations, so that what comes behind a change stays what it was. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
	size_t count = size > HEAD ? (size - HEAD) / OP_BYTES : 0, at, i;
	uint32_t state = seed;
	uint8_t *op;

	if (size < HEAD || drive_random(&state) % 16 == 0)
		return LLVMFuzzerMutate(data, size, most);
	size = HEAD + count * OP_BYTES;
	at = drive_random(&state) % (count + 1);
	op = data + HEAD + at * OP_BYTES;
	switch (drive_random(&state) % 5) {
	case 0: case 1: /* one more */
		if (size + OP_BYTES > most)
			break;
		memmove(op + OP_BYTES, op, (count - at) * OP_BYTES);
		for (i = 0; i < OP_BYTES; i++)
			op[i] = (uint8_t)drive_random(&state);
		return size + OP_BYTES;
	case 2: /* one less */
		if (at == count)
			break;
		memmove(op, op + OP_BYTES, (count - at - 1) * OP_BYTES);
		return size - OP_BYTES;
	case 3: /* elsewhere */
		data[0] = (uint8_t)drive_random(&state);
		return size;
	}
	if (at < count)
		LLVMFuzzerMutate(op, OP_BYTES, OP_BYTES);
	return size;
}
