/*
 * key_types.c
 *	  Do the types at both ends of a foreign key still fit?
 *
 * The rule of ALTER TABLE .. ADD FOREIGN KEY: an operator of the key's operator
 * family that compares the two types, or an implicit cast to the key's type.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_am.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

#include "base/spi.h"
#include "script/bridge.h"
#include "script/carried_keys.h"
#include "script/key_types.h"
#include "script/lookup.h"

/* Of a real table's column as the script has left it; InvalidOid: it is gone. */
static Oid
type_of(GradualRehearsal *rehearsal, Oid table, const char *column)
{
	GradualRelation *relation = gradual_lookup_real(rehearsal, table);
	Oid			oid = OidIsValid(relation->clone) ? relation->clone : table;
	AttrNumber	number = get_attnum(oid, OidIsValid(relation->clone) ?
									gradual_bridge_now(relation->table, column) : column);

	return number > 0 ? getBaseType(get_atttype(oid, number)) : InvalidOid;
}

static bool
can_refer(Oid type, Oid key_type)
{
	Oid			class = GetDefaultOpClass(key_type, BTREE_AM_OID);
	Oid			input;

	if (!OidIsValid(class))
		return true;			/* the key has an operator class of its own */
	input = get_opclass_input_type(class);
	return OidIsValid(get_opfamily_member(get_opclass_family(class), input, type,
										  BTEqualStrategyNumber)) ||
		can_coerce_type(1, &type, &input, COERCION_IMPLICIT);
}

static void
check_key(GradualRehearsal *rehearsal, const GradualRow *row)
{
	Oid			table = gradual_row_oid(row, 1);
	Oid			referenced = gradual_row_oid(row, 2);
	char	   *name = gradual_row_text(row, 3);
	ListCell   *lc,
			   *lk;

	if (!gradual_carried_key_is_there(rehearsal, table, name))
		return;
	forboth(lc, gradual_row_text_list(row, 4), lk, gradual_row_text_list(row, 5))
	{
		Oid			type = type_of(rehearsal, table, lfirst(lc));
		Oid			key_type = type_of(rehearsal, referenced, lfirst(lk));

		if (OidIsValid(type) && OidIsValid(key_type) && !can_refer(type, key_type))
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("foreign key constraint \"%s\" cannot be implemented", name),
					 errdetail("Key columns \"%s\" and \"%s\" are of incompatible types: %s and %s.",
							   (char *) lfirst(lc), (char *) lfirst(lk),
							   format_type_be(type), format_type_be(key_type))));
	}
}

void
gradual_key_types_check(GradualRehearsal *rehearsal, const GradualRelation *relation,
						const char *column)
{
	GradualArgs args = {0};
	int			level;
	List	   *rows;
	ListCell   *lc;

	if (!OidIsValid(relation->oid))
		return;
	gradual_args_oid(&args, OIDOID, relation->oid);
	gradual_args_text(&args, gradual_bridge_original(relation->table, column));
	level = gradual_lookup_pin_path();
	rows = gradual_spi_rows("SELECT k.conrelid, k.confrelid, k.conname, c.names, f.names FROM pg_constraint k,"
							" LATERAL (SELECT array_agg(a.attname::text ORDER BY u.o) AS names FROM unnest(k.conkey) WITH ORDINALITY u (n, o) JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n) c,"
							" LATERAL (SELECT array_agg(a.attname::text ORDER BY u.o) AS names FROM unnest(k.confkey) WITH ORDINALITY u (n, o) JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n) f"
							" WHERE k.contype = 'f' AND k.conparentid = 0"
							" AND ((k.conrelid = $1 AND $2 = ANY (c.names)) OR (k.confrelid = $1 AND $2 = ANY (f.names)))"
							" ORDER BY k.conname", &args);
	AtEOXact_GUC(true, level);
	foreach(lc, rows)
		check_key(rehearsal, lfirst(lc));
}
