/* Programs: static ELF files, and scripts that name one. */
#include <linux/auxvec.h>
#include <linux/elf.h>
#include <linux/errno.h>
#include <linux/stat.h>
#include <asm/unistd.h>
#include <usermem/copy.h>
#include <usermem/text.h>
#include "memory.h"
#include "process.h"
#include "syscall.h"

enum { SEGMENTS = 16, PIE_BASE = 0x10000000, STRINGS = 256 << 10, STRING = 128 << 10, POINTERS = 8192, AUX = 17, SCRIPT_LINE = 128, SCRIPT_ARGS = 2 };

struct image { /* a program that is being made */
	struct node *node;
	struct vm *vm;
	struct um_mm_view view;
	Elf64_Ehdr header;
	Elf64_Phdr segments[SEGMENTS];
	uint64_t base, end, stack;
};

static uint64_t down(uint64_t address)
{
	return address & ~(uint64_t)(PAGE - 1);
}

static uint64_t up(uint64_t address)
{
	return down(address + PAGE - 1);
}

/* ---------------------------------------------------------------- segments */

static bool read_header(struct image *image)
{
	Elf64_Ehdr *header = &image->header;
	size_t size;

	if (node_copy(image->node, header, 0, sizeof *header) != sizeof *header || __builtin_memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
		return false;
	if (header->e_machine != ARCH_ELF || header->e_phentsize != sizeof *image->segments || header->e_phnum > SEGMENTS ||
	    (header->e_type != ET_EXEC && header->e_type != ET_DYN))
		return false;
	size = header->e_phnum * sizeof *image->segments;
	image->base = header->e_type == ET_DYN ? PIE_BASE : 0;
	return node_copy(image->node, image->segments, header->e_phoff, size) == size;
}

static unsigned access_of(const Elf64_Phdr *segment)
{
	return (segment->p_flags & PF_R ? UM_READ : 0) | (segment->p_flags & PF_W ? UM_WRITE : 0) | (segment->p_flags & PF_X ? UM_EXEC : 0);
}

static bool map(struct image *image, uint64_t start, uint64_t end, unsigned access, uint64_t offset, bool from_file)
{
	struct um_mapping mapping = {
		.range = { um_addr_of(start), end - start },
		.access = access,
		.max_access = UM_READ | UM_WRITE | UM_EXEC,
		.pager = from_file ? &image->node->pager : NULL,
		.offset = from_file ? offset : 0,
	};

	return start == end || um_mm_map(&image->vm->mm, &mapping) == UM_OK;
}

/* What the file has, zeroes to the end of its last page, and pages of zeroes. */
static bool map_segment(struct image *image, const Elf64_Phdr *segment)
{
	uint64_t start = image->base + segment->p_vaddr, end = start + segment->p_memsz, file_end = start + segment->p_filesz;
	uint64_t zeroes = up(file_end) < end ? up(file_end) : end;

	if (segment->p_memsz < segment->p_filesz || end < start || end > ARCH_USER_LAST - PAGE || (start - segment->p_offset) % PAGE != 0)
		return false;
	if (!map(image, down(start), up(file_end), access_of(segment), down(segment->p_offset), true) ||
	    !map(image, up(file_end), up(end) > up(file_end) ? up(end) : up(file_end), access_of(segment), 0, false))
		return false;
	image->end = end > image->end ? end : image->end;
	return zeroes <= file_end ||
	       um_fill(&image->view.space, um_addr_of(file_end), 0, zeroes - file_end, UM_IGNORE_PERMS).status == UM_OK;
}

static bool map_segments(struct image *image)
{
	size_t i;

	for (i = 0; i < image->header.e_phnum; i++)
		if (image->segments[i].p_type == PT_LOAD && !map_segment(image, &image->segments[i]))
			return false;
	return map(image, vm_stack() - VM_STACK, vm_stack(), UM_READ | UM_WRITE, 0, false);
}

/* ---------------------------------------------------------------- the stack that a program begins with */

static bool push(struct image *image, const void *bytes, size_t n)
{
	image->stack -= n;
	return image->stack >= vm_stack() - VM_STACK / 4 &&
	       um_copy_out(&image->view.space, um_addr_of(image->stack), bytes, n, 0).status == UM_OK;
}

/* Pushes strings, and leaves their addresses in words. */
static bool push_strings(struct image *image, char *const *strings, size_t count, uint64_t *words)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (!push(image, strings[i], __builtin_strlen(strings[i]) + 1))
			return false;
		words[i] = image->stack;
	}
	words[count] = 0;
	return true;
}

static size_t auxiliary(const struct image *image, uint64_t path, uint64_t seed, uint64_t *words)
{
	const uint64_t pairs[AUX][2] = {
		{ AT_PHDR, image->base + image->segments[0].p_vaddr - image->segments[0].p_offset + image->header.e_phoff },
		{ AT_PHENT, sizeof(Elf64_Phdr) }, { AT_PHNUM, image->header.e_phnum }, { AT_PAGESZ, PAGE },
		{ AT_ENTRY, image->base + image->header.e_entry }, { AT_BASE, 0 }, { AT_FLAGS, 0 }, { AT_UID, 0 }, { AT_EUID, 0 },
		{ AT_GID, 0 }, { AT_EGID, 0 }, { AT_SECURE, 0 }, { AT_CLKTCK, 100 }, { AT_HWCAP, 0 }, { AT_RANDOM, seed },
		{ AT_EXECFN, path }, { AT_NULL, 0 },
	};

	__builtin_memcpy(words, pairs, sizeof pairs);
	return sizeof pairs / sizeof *words;
}

/* argc, argv, envp and the auxiliary vector, below the strings. */
static bool push_vectors(struct image *image, const struct program *program, uint64_t *words)
{
	uint64_t *argv = words + 1, *envp = argv + program->argc + 1, seed[2], path;
	size_t count;

	if (!push(image, program->path, __builtin_strlen(program->path) + 1))
		return false;
	path = image->stack;
	random_bytes(seed, sizeof seed);
	if (!push_strings(image, program->envp, program->envc, envp) || !push_strings(image, program->argv, program->argc, argv) ||
	    !push(image, seed, sizeof seed))
		return false;
	words[0] = program->argc;
	count = program->argc + program->envc + 3;
	count += auxiliary(image, path, image->stack, words + count);
	image->stack -= (image->stack - count * sizeof *words) % 16;
	return push(image, words, count * sizeof *words);
}

static bool make_stack(struct image *image, const struct program *program)
{
	size_t size = (program->argc + program->envc + 3 + 2 * AUX) * sizeof(uint64_t);
	uint64_t *words = memory_alloc(size);
	bool made;

	image->stack = vm_stack() - 16;
	made = words && push_vectors(image, program, words);
	memory_free(words, size);
	return made;
}

/* ---------------------------------------------------------------- the program, replaced */

static void forget_actions(struct process *process)
{
	size_t i;

	for (i = 0; i < COUNT(process->actions); i++)
		if (process->actions[i].handler != (uint64_t)SIG_IGN)
			process->actions[i] = (struct action){ 0 };
}

static void name_after(struct process *process, const char *path)
{
	const char *name = path;
	size_t i;

	for (; *path != '\0'; path++)
		if (*path == '/')
			name = path + 1;
	for (i = 0; i < sizeof process->name - 1 && name[i] != '\0'; i++)
		process->name[i] = name[i];
	process->name[i] = '\0';
}

static void enter(struct image *image, const char *path)
{
	struct process *process = current->process;

	process_only();
	vm_leave(current);
	process_release_vm(process);
	process->vm = image->vm;
	process->vm->heap = process->vm->heap_end = up(image->end);
	vm_enter(current, process->vm);
	files_exec(process);
	forget_actions(process);
	current->clear_tid = 0;
	current->tid = process->pid;
	name_after(process, path);
	arch_frame_start(current->frame, &current->context, image->base + image->header.e_entry, image->stack);
}

static long load(struct image *image, const struct program *program)
{
	bool made;

	if (!read_header(image))
		return -ENOEXEC;
	image->vm = vm_new();
	if (!image->vm)
		return -ENOMEM;
	made = um_mm_view_open(&image->view, &image->vm->mm) == UM_OK && map_segments(image) && make_stack(image, program);
	um_close(&image->view.space);
	if (!made)
		vm_drop(image->vm);
	return made ? 0 : -ENOEXEC;
}

/* "#!interpreter argument": what is run instead, in line's memory. */
static bool is_script(struct node *node, char *line, char **words, size_t *count)
{
	size_t length = node_copy(node, line, 0, SCRIPT_LINE - 1), i;

	*count = 0;
	line[length] = '\0';
	if (length < 2 || line[0] != '#' || line[1] != '!')
		return false;
	for (i = 2; line[i] != '\0' && line[i] != '\n'; i++) {
		if (line[i] == ' ' || line[i] == '\t')
			line[i] = *count < SCRIPT_ARGS ? '\0' : line[i];
		else if (*count < SCRIPT_ARGS && (i == 2 || line[i - 1] == '\0'))
			words[(*count)++] = &line[i];
	}
	line[i] = '\0';
	return *count > 0;
}

static long run(const struct program *program, struct node *node)
{
	struct image *image;
	long error;

	if (!S_ISREG(node->mode) || (node->mode & 0111) == 0)
		return -EACCES;
	image = memory_alloc(sizeof *image);
	if (!image)
		return -ENOMEM;
	image->node = node;
	error = load(image, program);
	if (error == 0)
		enter(image, program->path);
	memory_free(image, sizeof *image);
	return error;
}

/* The script's path comes behind its interpreter's own arguments, in place of the first argument. */
static long run_script(const struct program *program, char **words, size_t count)
{
	char **argv = memory_alloc((program->argc + SCRIPT_ARGS + 1) * sizeof *argv);
	struct program interpreter = *program;
	struct node *node;
	long error;
	size_t i;

	if (!argv)
		return -ENOMEM;
	for (i = 0; i < count; i++)
		argv[i] = words[i];
	argv[count] = (char *)(uintptr_t)program->path;
	for (i = 1; i < program->argc; i++)
		argv[count + i] = program->argv[i];
	interpreter.path = words[0];
	interpreter.argv = argv;
	interpreter.argc = count + (program->argc > 0 ? program->argc : 1);
	error = tree_walk(current->process->directory, interpreter.path, 0, &node);
	if (error == 0) {
		error = run(&interpreter, node);
		node_drop(node);
	}
	memory_free(argv, (program->argc + SCRIPT_ARGS + 1) * sizeof *argv);
	return error;
}

long exec_program(const struct program *program)
{
	char line[SCRIPT_LINE], *words[SCRIPT_ARGS];
	struct node *node;
	size_t count;
	long error = tree_walk(current->process->directory, program->path, 0, &node);

	if (error != 0)
		return error;
	if (S_ISREG(node->mode) && (node->mode & 0111) != 0 && is_script(node, line, words, &count))
		error = run_script(program, words, count);
	else
		error = run(program, node);
	node_drop(node);
	return error;
}

/* ---------------------------------------------------------------- execve */

struct strings { /* what execve(2) is given, in the kernel */
	char path[PATH_SIZE];
	char *pointers[POINTERS];
	char bytes[STRINGS];
};

/* A vector of the program's; one that is NULL is empty.  Its strings take what is left of the bytes. */
static long copy_vector(struct strings *strings, uint64_t address, size_t used, size_t *bytes, size_t *count)
{
	struct um_result result = { 0, UM_OK, UM_ONLY_SIDE };
	size_t i;

	*count = 0;
	if (used == POINTERS) /* by the first vector, with its NULL */
		return -E2BIG;
	if (address != 0)
		result = um_copy_strings_in(user(), strings->pointers + used, POINTERS - used - 1, count, strings->bytes + *bytes,
		                            sizeof strings->bytes - *bytes, um_addr_of(address), 8, 0);
	strings->pointers[used + *count] = NULL;
	*bytes += result.done;
	for (i = 0; i < *count; i++)
		if (__builtin_strlen(strings->pointers[used + i]) >= STRING)
			return -E2BIG;
	return failed(result.status);
}

static long copy_and_run(struct strings *strings, const uint64_t *a)
{
	static char empty[] = "";
	struct program program = { .path = strings->path };
	struct um_result result = um_copy_string_in(user(), strings->path, um_addr_of(a[0]), sizeof strings->path, 0);
	size_t bytes = 0;
	long error;

	if (result.status != UM_OK)
		return failed(result.status);
	if (result.done == 0)
		return -ENOENT;
	error = copy_vector(strings, a[1], 0, &bytes, &program.argc);
	program.argv = strings->pointers;
	if (error == 0 && program.argc == 0) { /* nobody's main expects that */
		strings->pointers[program.argc++] = empty;
		strings->pointers[program.argc] = NULL;
	}
	program.envp = strings->pointers + program.argc + 1;
	if (error == 0)
		error = copy_vector(strings, a[2], program.argc + 1, &bytes, &program.envc);
	return error != 0 ? error : exec_program(&program);
}

static long call_execve(const uint64_t *a)
{
	struct strings *strings = memory_alloc(sizeof *strings);
	long error;

	if (!strings)
		return -ENOMEM;
	error = copy_and_run(strings, a);
	memory_free(strings, sizeof *strings);
	return error != 0 ? error : -KEEP;
}

static const struct syscall calls[] = {
	{ __NR_execve, call_execve },
};
const struct syscall_table calls_exec = SYSCALL_TABLE(calls);
