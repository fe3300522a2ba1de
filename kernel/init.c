/* The first process: /init, with the console at 0, 1 and 2. */
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

static void run_init(void *unused)
{
	static char *argv[] = { "/init", NULL }, *envp[] = { "HOME=/", "TERM=linux", "PATH=/bin:/sbin", NULL };
	struct program program = { .path = "/init", .argv = argv, .argc = 1, .envp = envp, .envc = COUNT(envp) - 1 };
	long error;

	(void)unused;
	open_console(current->process);
	error = exec_program(&program);
	if (error != 0)
		panic("/init cannot be run: error %ld", -error);
	arch_enter_user(current->frame);
}

void kernel_start(const struct boot *boot)
{
	struct thread *thread = thread_new(run_init, NULL);
	struct process *process;
	size_t i;

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
