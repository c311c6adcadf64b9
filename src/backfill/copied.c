/*
 * copied.c
 *	  Which rows of a copied table have a copy already, because a trigger made it.
 */
#include "postgres.h"

#include "access/table.h"
#include "parser/analyze.h"
#include "parser/parsetree.h"
#include "utils/rel.h"

#include "backfill/copied.h"
#include "backfill/rewrite.h"
#include "base/errors.h"
#include "base/ident.h"
#include "script/mapping.h"

char *
gradual_copied_condition(const char *sql, const char *walks)
{
	Query	   *insert = parse_analyze_fixedparams(gradual_rewrite_parse(sql), sql, NULL, 0, NULL);
	Query	   *select = gradual_mapping_select(insert);
	Index		walked = gradual_mapping_walked(select, walks);
	Oid			target = rt_fetch(insert->resultRelation, insert->rtable)->relid;
	Relation	source;
	GradualMappedKey *key;

	if (walked == 0)
		elog(ERROR, "the SELECT has no table \"%s\"", walks);
	source = table_open(rt_fetch(walked, select->rtable)->relid, AccessShareLock);
	key = gradual_mapping_key(insert, gradual_mapping_columns(insert, walked), source);
	if (key == NULL)
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_BLOCKED),
				 errmsg("no unique key of table \"%s\" is copied any more",
						RelationGetRelationName(source)),
				 errhint("Restore the key, then start the migration again.")));
	table_close(source, NoLock);
	return gradual_mapping_not_copied(key, gradual_ident_qualified(target), walks);
}
