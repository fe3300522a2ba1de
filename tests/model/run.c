/*
 * Random programs over every world: the same seeds, the same programs.
 *
 *     run [-n PROGRAMS] [-s SEED] [-x HEX] WORLD...
 *
 * One test a world: "bytes", or "audited-bytes" for an audit around it.  What fails is reduced, and told operation by operation.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cases.h"
#include "worlds.h"

enum { PROGRAM_MAX = 2 + OP_BYTES * 64 };
static const char audited_prefix[] = "audited-";
static struct drive drive;

struct subject {
	struct world *world;
	bool audited;
};

static bool fails(const struct subject *subject, const unsigned char *program, size_t length)
{
	return !drive_run(&drive, subject->world, subject->audited, program, length);
}

/* Leaves out what it can, an operation at a time, until nothing more can be left out. */
static size_t reduce(const struct subject *subject, unsigned char *program, size_t length)
{
	unsigned char shorter[PROGRAM_MAX];
	size_t at = 2;

	while (at + OP_BYTES <= length) {
		memcpy(shorter, program, at);
		memcpy(shorter + at, program + at + OP_BYTES, length - at - OP_BYTES);
		if (fails(subject, shorter, length - OP_BYTES)) {
			length -= OP_BYTES;
			memcpy(program, shorter, length);
			at = 2;
		} else {
			at += OP_BYTES;
		}
	}
	return length;
}

static void tell(const struct subject *subject, const unsigned char *program, size_t length)
{
	size_t i;

	printf("# %s, by -x ", drive.why);
	for (i = 0; i < length; i++)
		printf("%02x", program[i]);
	putchar('\n');
	drive.verbose = true;
	fails(subject, program, length);
	drive.verbose = false;
}

static size_t unhex(const char *hex, unsigned char *program)
{
	size_t length = 0;
	unsigned byte;

	while (length < PROGRAM_MAX && sscanf(hex + 2 * length, "%2x", &byte) == 1)
		program[length++] = (unsigned char)byte;
	return length;
}

static bool known(const struct subject *subject)
{
	unsigned char program[PROGRAM_MAX];
	size_t i;

	for (i = 0; i < cases_count; i++) {
		size_t length = unhex(cases[i].program, program);

		if (fails(subject, program, length)) {
			printf("# %s\n", cases[i].what);
			tell(subject, program, length);
			return false;
		}
	}
	return true;
}

static bool random_programs(const struct subject *subject, unsigned long programs, uint32_t seed)
{
	unsigned char program[PROGRAM_MAX];
	unsigned long i;
	size_t k, length;

	for (i = 0; i < programs; i++) {
		uint32_t state = seed * 2654435761u + (uint32_t)i;

		drive_random(&state);
		length = 2 + OP_BYTES * (1 + drive_random(&state) % 64);
		for (k = 0; k < length; k++)
			program[k] = (unsigned char)drive_random(&state);
		if (fails(subject, program, length)) {
			length = reduce(subject, program, length);
			fails(subject, program, length);
			tell(subject, program, length);
			return false;
		}
	}
	return true;
}

static struct subject find(const char *name)
{
	struct subject subject = { NULL, strncmp(name, audited_prefix, strlen(audited_prefix)) == 0 };
	size_t i;

	if (subject.audited)
		name += strlen(audited_prefix);
	for (i = 0; i < WORLDS; i++)
		if (strcmp(worlds[i]->name, name) == 0)
			subject.world = worlds[i];
	return subject;
}

static int usage(const char *program)
{
	size_t i;

	fprintf(stderr, "%s [-n PROGRAMS] [-s SEED] [-x HEX] WORLD..., which may have \"%s\" before it:", program, audited_prefix);
	for (i = 0; i < WORLDS; i++)
		fprintf(stderr, " %s", worlds[i]->name);
	fputc('\n', stderr);
	return 2;
}

int main(int argc, char **argv)
{
	unsigned long programs = 400;
	uint32_t seed = 1;
	const char *hex = NULL;
	bool all = true;
	int option, i, count = 0;

	while ((option = getopt(argc, argv, "n:s:x:")) != -1) {
		switch (option) {
		case 'n': programs = strtoul(optarg, NULL, 0); break;
		case 's': seed = (uint32_t)strtoul(optarg, NULL, 0); break;
		case 'x': hex = optarg; break;
		default: return usage(argv[0]);
		}
	}
	for (i = optind; i < argc; i++) {
		struct subject subject = find(argv[i]);
		unsigned char program[PROGRAM_MAX];
		bool good;

		if (subject.world == NULL)
			return usage(argv[0]);
		drive.operations = 0;
		drive.filled = false;
		if (!subject.world->open(subject.world)) {
			printf("ok %d - %s # SKIP %s\n", ++count, argv[i], subject.world->why);
			continue;
		}
		if (hex) {
			size_t length = unhex(hex, program);

			good = !fails(&subject, program, length);
			tell(&subject, program, length);
		} else {
			good = known(&subject) && random_programs(&subject, programs, seed);
		}
		if (subject.world->close)
			subject.world->close(subject.world);
		printf("# %llu operations\n%s %d - %s: what the model says\n", (unsigned long long)drive.operations, good ? "ok" : "not ok",
		       ++count, argv[i]);
		if (subject.world->without)
			printf("ok %d - %s: all of it # SKIP %s\n", ++count, argv[i], subject.world->without);
		all = all && good;
	}
	printf("1..%d\n", count);
	return all ? 0 : 1;
}
