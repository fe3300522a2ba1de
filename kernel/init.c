/* The first process: /init, with the console at 0, 1 and 2, and the words of the command line for arguments. */
#include <linux/fcntl.h>
#include "memory.h"
#include "process.h"

static void open_console(struct process *process)
{
	struct node *node;
	int i;

	if (tree_walk(tree_root(), "/dev/console", 0, &node) != 0)
		panic("there is no /dev/console");
	process->files[0] = file_new(&console_ops, node, O_RDWR);
	ASSERT(process->files[0]);
	for (i = 1; i < 3; i++)
		process->files[i] = file_hold(process->files[0]);
	node_drop(node);
}

enum { ARGUMENTS = 16 };

/* Cuts the line into words; how many there are, of which argv has room for. */
static size_t split(char *line, char **argv, size_t most)
{
	size_t count = 0;

	while (*line != '\0' && count < most) {
		for (; *line == ' '; line++)
			*line = '\0';
		if (*line != '\0')
			argv[count++] = line;
		while (*line != '\0' && *line != ' ')
			line++;
	}
	return count;
}

static void run_init(void *line)
{
	static char *argv[1 + ARGUMENTS + 1] = { "/init" }, *envp[] = { "HOME=/", "TERM=linux", "PATH=/bin:/sbin", NULL };
	struct program program = { .path = "/init", .argv = argv, .argc = 1 + split(line, argv + 1, ARGUMENTS), .envp = envp, .envc = COUNT(envp) - 1 };
	long error;

	open_console(current->process);
	error = exec_program(&program);
	if (error != 0)
		panic("/init cannot be run: error %ld", -error);
	arch_enter_user(current->frame);
}

void kernel_start(const struct boot *boot)
{
	static char line[sizeof boot->command_line];
	struct thread *thread = thread_new(run_init, line);
	struct process *process;
	size_t i;

	__builtin_memcpy(line, boot->command_line, sizeof line);
	tree_init(memory_at(boot->initrd.start), boot->initrd.end - boot->initrd.start);
	process = process_new(NULL);
	ASSERT(thread && process);
	process->vm = vm_new();
	ASSERT(process->vm);
	process->group = process->session = process->pid;
	for (i = 0; i < RLIM_NLIMITS; i++)
		process->limits[i] = (struct rlimit64){ RLIM64_INFINITY, RLIM64_INFINITY };
	process->limits[RLIMIT_CORE].rlim_cur = 0;
	process->limits[RLIMIT_STACK].rlim_cur = VM_STACK;
	process->limits[RLIMIT_NOFILE] = (struct rlimit64){ FILES, FILES };
	process_add_thread(process, thread, process->pid);
	thread_ready(thread);
	thread_start();
}
