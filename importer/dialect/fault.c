/* Faults of the document that reading went on behind, as complaints of the record that they stand in. */
#include "dialect/mapping.h"

#include "base/utf8.h"

#include <string.h>

static int emit(struct mapper *mapper, const struct complaint *complaint, struct error *err)
{
	return mapper->sink.complaint(mapper->sink.context, complaint, err);
}

int fault_note(struct mapper *mapper, enum complaint_code code, uint64_t stream_offset, struct slice text, struct error *err)
{
	const struct slice cut = utf8_cut(text, COMPLAINT_TEXT_MAX);
	struct pending_fault *fault;

	if (mapper->fault_count == PENDING_FAULTS_MAX) {
		/* Told of without the item: a record with this many says enough by the ones that are kept. */
		const struct complaint complaint = {
			.code = code, .kind = ITEM_SKU, .text = cut, .record = mapper->ordinal, .stream_offset = stream_offset};

		return emit(mapper, &complaint, err);
	}
	fault = &mapper->faults[mapper->fault_count++];
	*fault = (struct pending_fault){.code = code, .stream_offset = stream_offset, .text_size = cut.size};
	if (cut.size > 0)
		memcpy(fault->text, cut.data, cut.size);
	return 0;
}

int fault_emit_before(struct mapper *mapper, uint64_t stream_offset, struct error *err)
{
	const struct mapped_item *item = mapper->item_count > 0 ? &mapper->items[0] : NULL;
	const struct record *record = mapper->record;
	const size_t count = mapper->fault_count;
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		const struct pending_fault *fault = &mapper->faults[i];
		struct complaint complaint = {.code = fault->code,
		                              .kind = ITEM_SKU,
		                              .text = slice_make(fault->text, fault->text_size),
		                              .record = mapper->ordinal,
		                              .stream_offset = fault->stream_offset};

		if (fault->stream_offset >= stream_offset) {
			memmove(&mapper->faults[kept++], fault, sizeof *fault);
			continue;
		}
		if (item != NULL && record != NULL && fault->stream_offset >= record->stream_offset &&
		    fault->stream_offset < record->stream_offset + record->stream_size) {
			complaint.kind = item->statement.kind;
			complaint.item_id = statement_text(&item->statement, FIELD_ID);
		}
		if (emit(mapper, &complaint, err) != 0)
			return -1;
	}
	mapper->fault_count = kept;
	return 0;
}

int fault_emit(struct mapper *mapper, struct error *err)
{
	return fault_emit_before(mapper, UINT64_MAX, err);
}
