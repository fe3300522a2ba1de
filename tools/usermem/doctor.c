/* usermem doctor: what keeps us from touching a process, and what would help. */
#include "output.h"
#include "process.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

enum verdict { GOOD, NOTE, BAD };
enum { FINDINGS = 40, CAPABILITY_PTRACE = 19 };

struct finding {
	const char *about, *what; /* about: host, process, means */
	enum verdict verdict;
	char says[200];
	const char *helps; /* NULL: nothing is to be done */
};
struct doctor {
	int pid;
	bool json, own_child, privileged;
	struct finding findings[FINDINGS];
	size_t count;
	unsigned works, fails; /* of the means */
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct doctor *doctor = state->input;

	switch (key) {
	case 'j': doctor->json = true; return 0;
	case ARGP_KEY_ARG: return state->arg_num == 0 ? take_pid(argument, &doctor->pid) : refuse_argument(argument);
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "Print JSON", 0 },
	{ 0 },
};
static const struct argp argp = { options, parse, "[PID]",
	"Tells what keeps you from touching the memory of process PID and what would help, then tries each means.  Without "
	"PID it tries them on a process of its own.  Nothing is changed.", NULL, NULL, NULL };

static void __attribute__((format(printf, 6, 7)))
find(struct doctor *doctor, const char *about, const char *what, enum verdict verdict, const char *helps, const char *format, ...)
{
	struct finding *finding = &doctor->findings[doctor->count];
	va_list arguments;

	if (doctor->count == FINDINGS)
		return;
	doctor->count++;
	*finding = (struct finding){ about, what, verdict, "", helps };
	va_start(arguments, format);
	vsnprintf(finding->says, sizeof finding->says, format, arguments);
	va_end(arguments);
}

static bool read_line(const char *name, char *line, size_t size)
{
	FILE *file = fopen(name, "re");
	bool read = file && fgets(line, (int)size, file);

	if (file)
		fclose(file);
	if (read)
		line[strcspn(line, "\n")] = '\0';
	return read;
}

static void look_at_rights(struct doctor *doctor)
{
	char text[80];
	uint64_t effective = process_field(getpid(), "CapEff", text, sizeof text) ? strtoull(text, NULL, 16) : 0;

	doctor->privileged = effective >> CAPABILITY_PTRACE & 1;
	find(doctor, "host", "rights", doctor->privileged ? GOOD : NOTE, doctor->privileged ? NULL : "run as root for others' processes",
	     doctor->privileged ? "user %u with CAP_SYS_PTRACE: any process" : "user %u without CAP_SYS_PTRACE: own processes alone", geteuid());
	if (read_line("/proc/self/uid_map", text, sizeof text)) {
		unsigned inside = 1, outside = 1, count = 0;
		bool first = sscanf(text, "%u %u %u", &inside, &outside, &count) == 3 && inside == 0 && outside == 0 && count == UINT32_MAX;

		find(doctor, "host", "user namespace", first ? GOOD : NOTE, first ? NULL : "run outside of the container for processes out there",
		     first ? "the first one" : "not the first one: our rights end at its edge");
	}
}

static void look_at_yama(struct doctor *doctor)
{
	static const char *const scopes[] = {
		"0: your own processes may be touched", "1: only children, and those that allowed it",
		"2: only with CAP_SYS_PTRACE", "3: nobody may write or trace, until the next boot",
	};
	char text[80];
	int scope = read_line("/proc/sys/kernel/yama/ptrace_scope", text, sizeof text) ? atoi(text) : -1;

	if (scope < 0 || scope > 3)
		find(doctor, "host", "ptrace_scope", GOOD, NULL, "there is none");
	else if (scope == 3)
		find(doctor, "host", "ptrace_scope", BAD, "boot with another kernel.yama.ptrace_scope", "%s", scopes[scope]);
	else if (scope == 0 || doctor->privileged)
		find(doctor, "host", "ptrace_scope", GOOD, NULL, "%s%s", scopes[scope], scope ? ", but we have the capability" : "");
	else
		find(doctor, "host", "ptrace_scope", BAD, "run as root, or: sudo sysctl kernel.yama.ptrace_scope=0", "%s", scopes[scope]);
}

static void look_at_container(struct doctor *doctor)
{
	char text[80];
	bool filtered = process_field(getpid(), "Seccomp", text, sizeof text) && atoi(text) != 0;
	bool container = access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0;

	find(doctor, "host", "seccomp", filtered ? NOTE : GOOD, filtered ? "in docker: --security-opt seccomp=unconfined" : NULL,
	     filtered ? "a filter watches our system calls, and may refuse those that are needed" : "no filter on us");
	if (container)
		find(doctor, "host", "container", doctor->privileged ? NOTE : BAD, doctor->privileged ? NULL : "docker run --cap-add SYS_PTRACE",
		     "this looks like one");
}

static void look_at_calls(struct doctor *doctor)
{
	struct utsname host;
	char from = 1, to = 0;
	struct iovec local = { &to, 1 }, remote = { &from, 1 };

	uname(&host);
	find(doctor, "host", "system", NOTE, NULL, "%.60s %.100s", host.sysname, host.release);
	if (process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == 1)
		find(doctor, "host", "process_vm_readv", GOOD, NULL, "this host has it");
	else
		find(doctor, "host", "process_vm_readv", NOTE, "the kernel needs CONFIG_CROSS_MEMORY_ATTACH, or a filter is in the way",
		     "it fails even on ourselves (%s); /proc/PID/mem takes its place", strerrorname_np(errno));
}

static void look_at_user(struct doctor *doctor)
{
	char text[80];
	unsigned real = 0, effective = 0, saved = 0;
	bool ours;

	if (!process_field(doctor->pid, "Uid", text, sizeof text) || sscanf(text, "%u %u %u", &real, &effective, &saved) != 3)
		return;
	ours = real == geteuid() && effective == real && saved == real;
	find(doctor, "process", "user", ours || doctor->privileged ? GOOD : BAD, ours || doctor->privileged ? NULL : "run as that user, or as root",
	     ours ? "%u, as we are" : "%u, and we are not", effective);
}

/* The kernel gives the files in /proc/PID of an undumpable process to root. */
static void look_at_dumpable(struct doctor *doctor)
{
	char name[32], text[80];
	struct stat file;
	unsigned effective = 0;

	snprintf(name, sizeof name, "/proc/%d/mem", doctor->pid);
	process_field(doctor->pid, "Uid", text, sizeof text);
	if (stat(name, &file) != 0 || sscanf(text, "%*u %u", &effective) != 1 || effective == 0)
		return;
	if (file.st_uid == effective)
		find(doctor, "process", "dumpable", GOOD, NULL, "yes");
	else
		find(doctor, "process", "dumpable", doctor->privileged ? NOTE : BAD, doctor->privileged ? NULL : "run as root",
		     "no: it is or was set-uid, or protects its memory");
}

static void look_at_tracer(struct doctor *doctor)
{
	char text[80], name[80];

	if (!process_field(doctor->pid, "TracerPid", text, sizeof text))
		return;
	if (atoi(text) == 0) {
		find(doctor, "process", "tracer", GOOD, NULL, "none");
		return;
	}
	process_field(atoi(text), "Name", name, sizeof name);
	find(doctor, "process", "tracer", BAD, "reading works beside it; to write or trace, end it",
	     "process %s (%s) traces it, and there can be but one", text, name);
}

static void look_at_namespace(struct doctor *doctor)
{
	char name[32], theirs[64] = "", ours[64] = "";

	snprintf(name, sizeof name, "/proc/%d/ns/user", doctor->pid);
	if (readlink(name, theirs, sizeof theirs - 1) < 0 || readlink("/proc/self/ns/user", ours, sizeof ours - 1) < 0)
		find(doctor, "process", "user namespace", NOTE, NULL, "not for us to see");
	else if (strcmp(theirs, ours) == 0)
		find(doctor, "process", "user namespace", GOOD, NULL, "ours");
	else
		find(doctor, "process", "user namespace", NOTE, "it must be ours or below ours", "another one");
}

/* False: there is nothing to be touched. */
static bool look_at_process(struct doctor *doctor)
{
	char name[80], state[80], size[80];

	if (!process_field(doctor->pid, "State", state, sizeof state)) {
		if (kill(doctor->pid, 0) == 0 || errno == EPERM)
			find(doctor, "process", "exists", BAD, "run as root", "yes, but /proc hides it (hidepid)");
		else
			find(doctor, "process", "exists", BAD, "'ps' lists those there are", "no");
		return false;
	}
	process_field(doctor->pid, "Name", name, sizeof name);
	if (!process_field(doctor->pid, "VmSize", size, sizeof size) && state[0] == 'Z') {
		find(doctor, "process", "exists", NOTE, NULL, "%s, whose first thread has ended", name);
	} else if (!size[0]) {
		find(doctor, "process", "exists", BAD, "no user has memory of it", "%s, but it is a kernel thread", name);
		return false;
	} else {
		find(doctor, "process", "exists", GOOD, NULL, "%s, %s", name, state);
	}
	look_at_user(doctor);
	look_at_dumpable(doctor);
	look_at_namespace(doctor);
	look_at_tracer(doctor);
	return true;
}

static void found_means(struct doctor *doctor, const char *what, int error, const char *helps)
{
	if (error == 0)
		doctor->works++;
	else
		doctor->fails++;
	find(doctor, "means", what, error == 0 ? GOOD : BAD, error == 0 ? NULL : helps, "%s", error == 0 ? "works" : strerror(error));
}

static void try_maps(struct doctor *doctor)
{
	struct mappings mappings;
	int error = mappings_read(&mappings, doctor->pid);

	found_means(doctor, "/proc/PID/maps", error, "see above");
	mappings_free(&mappings);
}

/* Rights are judged before addresses: at one where nothing is, EFAULT means that we may. */
static void try_call(struct doctor *doctor)
{
	char byte;
	struct iovec local = { &byte, 1 }, remote = { NULL, 1 };
	int error = process_vm_readv(doctor->pid, &local, 1, &remote, 1, 0) < 0 && errno != EFAULT ? errno : 0;

	found_means(doctor, "process_vm_readv", error, error == ENOSYS ? "the kernel needs CONFIG_CROSS_MEMORY_ATTACH" : "see above");
}

static void try_file(struct doctor *doctor)
{
	char name[32];
	int fd;

	snprintf(name, sizeof name, "/proc/%d/mem", doctor->pid);
	fd = open(name, O_RDWR | O_CLOEXEC);
	found_means(doctor, "/proc/PID/mem", fd < 0 ? errno : 0, "see above");
	if (fd >= 0)
		close(fd);
}

static void try_library(struct doctor *doctor)
{
	static const char *const reasons[] = {
		[UM_REFUSAL_NONE] = "try again", [UM_REFUSAL_YAMA] = "it is kernel.yama.ptrace_scope",
		[UM_REFUSAL_OTHER_USER] = "it is the other user", [UM_REFUSAL_NOT_DUMPABLE] = "it is not dumpable",
		[UM_REFUSAL_NAMESPACE] = "it is the user namespace", [UM_REFUSAL_OTHER] = "it is a security module, or a filter",
	};
	struct um_remote remote;
	enum um_status status = um_remote_open(&remote, doctor->pid, 0);

	if (status == UM_OK)
		um_close(&remote.space);
	found_means(doctor, "the library", um_errno(status), status == UM_REFUSED ? reasons[um_remote_refusal(doctor->pid)] : "see above");
}

/* Stops nothing: it is let go when we end. */
static void try_ptrace(struct doctor *doctor)
{
	found_means(doctor, "ptrace", ptrace(PTRACE_SEIZE, doctor->pid, NULL, NULL) != 0 ? errno : 0, "write and trace need it; see above");
}

static void print_heading(const struct doctor *doctor, const char *about)
{
	if (strcmp(about, "host") == 0)
		puts("this host");
	else if (strcmp(about, "process") == 0)
		printf("process %d\n", doctor->pid);
	else if (doctor->own_child)
		puts("means, tried on a process of our own");
	else
		printf("means, tried on process %d\n", doctor->pid);
}

static void print_findings(const struct doctor *doctor)
{
	static const char *const marks[] = { [GOOD] = "ok", [NOTE] = "--", [BAD] = "NO" };
	static const enum colour colours[] = { [GOOD] = COLOUR_GOOD, [NOTE] = COLOUR_DIM, [BAD] = COLOUR_BAD };
	const char *about = "";

	for (size_t i = 0; i < doctor->count; i++) {
		const struct finding *finding = &doctor->findings[i];

		if (strcmp(about, finding->about) != 0) {
			about = finding->about;
			print_heading(doctor, about);
		}
		printf("  %s%s%s  %-17s ", colour(colours[finding->verdict]), marks[finding->verdict], colour(COLOUR_NONE), finding->what);
		print_escaped((const unsigned char *)finding->says, strlen(finding->says));
		printf(finding->helps ? "; %s\n" : "\n", finding->helps);
	}
}

static void print_json(const struct doctor *doctor)
{
	static const char *const words[] = { [GOOD] = "good", [NOTE] = "note", [BAD] = "bad" };
	json_t *list = json_array();

	for (size_t i = 0; i < doctor->count; i++) {
		const struct finding *finding = &doctor->findings[i];

		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:o, s:s?}", "about", finding->about, "what", finding->what,
			"verdict", words[finding->verdict], "says", json_text((const unsigned char *)finding->says, strlen(finding->says)),
			"helps", finding->helps));
	}
	json_print(json_pack("{s:o, s:o, s:i, s:i}", "pid", doctor->own_child ? json_null() : json_integer(doctor->pid), "findings", list,
	                     "works", (int)doctor->works, "fails", (int)doctor->fails));
	putchar('\n');
}

static int conclude(const struct doctor *doctor, bool exists)
{
	if (!exists)
		return complain(STATUS_GONE, "'ps' lists those there are", "process %d has no memory that could be touched", doctor->pid);
	if (doctor->fails == 0)
		return STATUS_ALL;
	return complain(doctor->works > 0 ? STATUS_PARTLY : STATUS_REFUSED, "the lines marked NO say what would help",
	                "%u of %u means work", doctor->works, doctor->works + doctor->fails);
}

static int child_that_waits(void)
{
	int pid = fork();

	while (pid == 0)
		pause();
	return pid;
}

int doctor_main(int argc, char **argv)
{
	static struct doctor doctor;
	bool exists = true;

	if (!options_parse(&argp, argc, argv, 0, &doctor))
		return STATUS_USAGE;
	look_at_calls(&doctor);
	look_at_rights(&doctor);
	look_at_yama(&doctor);
	look_at_container(&doctor);
	doctor.own_child = doctor.pid == 0;
	if (doctor.own_child)
		doctor.pid = child_that_waits();
	else
		exists = look_at_process(&doctor);
	if (exists) {
		try_maps(&doctor);
		try_call(&doctor);
		try_file(&doctor);
		try_library(&doctor);
		try_ptrace(&doctor);
	}
	if (doctor.own_child)
		kill(doctor.pid, SIGKILL), waitpid(doctor.pid, NULL, 0);
	(doctor.json ? print_json : print_findings)(&doctor);
	return conclude(&doctor, exists);
}
