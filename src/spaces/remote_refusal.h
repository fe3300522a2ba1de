/*
 * Why the host refuses: what is seen, and what follows from it.
 */
#ifndef USERMEM_SPACES_REMOTE_REFUSAL_H
#define USERMEM_SPACES_REMOTE_REFUSAL_H

#include <usermem/spaces/remote.h>

struct umi_refusal_facts {
	bool capable;         /* we have CAP_SYS_PTRACE, in our own user namespace */
	bool other_user;      /* one of its real, effective and saved ids is not our effective one */
	bool nameless;        /* its user has no number in our user namespace */
	bool other_namespace; /* its user namespace maps users otherwise than ours */
	bool undumpable;
	bool mightier;        /* it may get capabilities that we do not have */
	int yama;             /* kernel.yama.ptrace_scope */
};

/* False: the process cannot be looked at. */
bool umi_refusal_look(int pid, struct umi_refusal_facts *facts);

/* The reason for a refusal that these facts explain best. */
enum um_refusal umi_refusal_judge(const struct umi_refusal_facts *facts);

/* The number in this file; 0 without one: the module is not there. */
int umi_yama_scope(const char *path);

#endif
