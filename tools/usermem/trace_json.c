/* A value on its way out, as JSON: numbers, addresses as hexadecimal strings, and bytes without loss. */
#include "trace.h"

void json_put(struct show *show, json_t *value)
{
	json_t *container;

	if (show->depth == 0) {
		json_decref(show->whole);
		show->whole = value;
		return;
	}
	container = show->stack[show->depth - 1];
	if (json_is_object(container))
		json_object_set_new(container, show->name ? show->name : "value", value);
	else
		json_array_append_new(container, value);
	show->name = NULL;
}

json_t *json_fault(uint64_t addr, enum um_status status)
{
	json_t *object = json_object();

	json_object_set_new(object, "address", json_address(addr));
	json_object_set_new(object, "fault", json_string(um_status_name(status)));
	json_object_set_new(object, "why", json_string(um_status_text(status)));
	return object;
}

void json_bytes(struct show *show, const void *data, size_t n, struct ending ending)
{
	json_t *text = json_stringn(data, n), *object; /* NULL: not UTF-8 */

	if (text && !ending.more && ending.status == UM_OK) {
		json_put(show, text);
		return;
	}
	object = json_object();
	json_object_set_new(object, text ? "text" : "hex", text ? text : json_hex(data, n));
	if (ending.more)
		json_object_set_new(object, "more", json_true());
	if (ending.status != UM_OK)
		json_object_set_new(object, "ends", json_fault(ending.at, ending.status));
	json_put(show, object);
}
