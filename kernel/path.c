/* Paths: where they lead. */
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/stat.h>
#include "tree.h"

enum { LINKS_MAX = 40 }; /* as in Linux */

struct walk {
	struct place *place;
	struct node *root;
	unsigned flags, links, depth;
	const char *rest[LINKS_MAX + 1]; /* of the path; behind it, of the link in it that is being followed, and so on */
};

/* Of what follows a name: is it nothing?  *slash: or nothing but slashes. */
static bool is_last(const struct walk *walk, bool *slash)
{
	unsigned depth = walk->depth + 1;

	*slash = false;
	while (depth-- > 0) {
		const char *at = walk->rest[depth];

		for (; *at == '/'; at++)
			*slash = true;
		if (*at != '\0')
			return false;
	}
	return true;
}

/* False: there is no further name. */
static bool next_name(struct walk *walk, const char **name, size_t *length)
{
	for (;;) {
		const char *at = walk->rest[walk->depth];

		while (*at == '/')
			at++;
		for (*name = at; *at != '\0' && *at != '/';)
			at++;
		walk->rest[walk->depth] = at;
		*length = (size_t)(at - *name);
		if (*length > 0 || walk->depth == 0)
			return *length > 0;
		walk->depth--;
	}
}

static struct node *child_named(const struct node *directory, const char *name, size_t length)
{
	struct list *at;

	for (at = directory->children.next; at != &directory->children; at = at->next) {
		struct node *child = CONTAINER(at, struct node, in_parent);

		if (__builtin_memcmp(child->name, name, length) == 0 && child->name[length] == '\0')
			return child;
	}
	return NULL;
}

/* A link's text lies in one page, with zeroes behind it; it stays there while nothing sleeps. */
static long follow(struct walk *walk, const struct node *link)
{
	const char *text = link->pages[0];

	if ((walk->flags & TREE_NO_LINKS) || ++walk->links > LINKS_MAX)
		return -ELOOP;
	if (*text == '/' && (walk->flags & TREE_BENEATH))
		return -EXDEV;
	walk->place->node = *text == '/' ? walk->root : walk->place->directory;
	walk->place->kind = PLACE_START;
	walk->rest[++walk->depth] = text;
	return 0;
}

static bool is_followed(const struct walk *walk)
{
	bool last = is_last(walk, &walk->place->slash);

	if (!walk->place->node || !S_ISLNK(walk->place->node->mode))
		return false;
	if (!last)
		return true;
	return !(walk->flags & TREE_PARENT) && (!(walk->flags & TREE_NO_FOLLOW) || walk->place->slash);
}

static long step_up(struct walk *walk)
{
	struct place *place = walk->place;

	place->kind = PLACE_DOT_DOT;
	if (place->directory != walk->root)
		place->node = place->directory->parent;
	else if (walk->flags & TREE_BENEATH)
		return -EXDEV;
	return 0;
}

static long step(struct walk *walk, const char *name, size_t length)
{
	struct place *place = walk->place;

	if (!place->node)
		return -ENOENT;
	if (!S_ISDIR(place->node->mode))
		return -ENOTDIR;
	place->directory = place->node;
	place->name = name;
	place->length = length;
	place->kind = PLACE_DOT;
	if (length == 1 && name[0] == '.')
		return 0;
	if (length == 2 && name[0] == '.' && name[1] == '.')
		return step_up(walk);
	if (length > NAME_MAX)
		return -ENAMETOOLONG;
	place->kind = PLACE_NAME;
	place->node = child_named(place->directory, name, length);
	return is_followed(walk) ? follow(walk, place->node) : 0;
}

long tree_place(struct node *from, const char *path, unsigned flags, struct place *place)
{
	struct walk walk = { .place = place, .root = flags & (TREE_BENEATH | TREE_IN_ROOT) ? from : tree_root(), .flags = flags, .rest = { path } };
	const char *name;
	size_t length;
	long error = 0;

	if (*path == '/' && (flags & TREE_BENEATH))
		return -EXDEV;
	*place = (struct place){ .node = *path == '/' ? walk.root : from, .kind = PLACE_START };
	place->directory = place->node;
	while (error == 0 && next_name(&walk, &name, &length))
		error = step(&walk, name, length);
	return error;
}

long tree_walk(struct node *from, const char *path, unsigned flags, struct node **node)
{
	struct place place;
	long error = tree_place(from, path, flags, &place);

	if (error != 0)
		return error;
	if (!place.node)
		return -ENOENT;
	if (place.slash && !S_ISDIR(place.node->mode))
		return -ENOTDIR;
	*node = node_hold(place.node);
	return 0;
}
