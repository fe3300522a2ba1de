/*
 * A child that meets signals: what it meets is a scenario (chaining_scenarios.c), and what it sees of it and how it ends an outcome
 * (chaining_child.c).
 */
#ifndef TESTS_CHAINING_H
#define TESTS_CHAINING_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum scenario {
	DENIED,
	UNMAPPED,
	BEHIND_THE_FILE,
	NO_ADDRESS,
	NO_ADDRESS_ON_THE_STACK,
	STACK_OVERFLOW,
	KILLED,
	QUEUED,
	RAISED,
	TWICE,
	SENT_TWICE,
	NESTED,
	NESTED_OTHER_SIGNAL,
	SUSPENDED,
	TRUSTED_SIDE,
	SCENARIOS
};

/* Of a child, which runs it once. */
struct scenario_entry {
	const char *name;
	void (*run)(void);
	bool synchronous; /* its signals are faults */
};
extern const struct scenario_entry scenarios[SCENARIOS];

/* The memory that they need; once. */
void scenarios_open(void);

/* A file that ends before its page, before each child; and one that has it, so that an access may be tried again. */
bool scenarios_cut_file(void);
void scenarios_mend_file(void);

/* In a handler: what the scenario has this call of it do, then what makes the access good. */
void scenarios_answer(int signal);

enum kind { DEFAULT, IGNORE, PLAIN, SIGINFO, KINDS };
enum masks { NOTHING, SOME, EVERYTHING, MASKS };

/* How a child takes its signals. */
struct config {
	enum kind kind;
	int flags;
	enum masks mask;
	bool alternate; /* there is an alternate stack */
};

/* What a handler sees. */
struct call {
	enum kind kind;
	int signal, code, errno_before;
	bool mine; /* sent by this very process */
	uintptr_t address, value;
	uintptr_t pc, sp, frame, context, back;
	uint64_t mask, saved_mask;
	uint64_t modes;
	int stack_flags;
};

enum { CALLS = 4 };

/* What is left of a child. */
struct outcome {
	unsigned calls;
	struct call call[CALLS];
	int finished; /* the scenario came to its end, with this errno + 1 */
	uint64_t mask_after;
	int status;
	/* the last signal that it met, as a core would have it */
	int signal, code;
	uintptr_t address, pc, sp;
};

/* Once. */
void outcomes_open(void);

struct outcome outcome_of(const struct config *config, enum scenario scenario, bool with_port);

#endif
