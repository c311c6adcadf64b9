/*
 * reread.c
 *	  Deparsed expressions that come out the same when they are read again.
 *
 * In state IN ('a', 'b') of a varchar column the list is an array of varchar, and
 * cast to text[] as a whole.  PostgreSQL deparses it so, but if it reads an ARRAY[]
 * with a cast behind it, it casts each of the elements.  That means the same; but
 * \d and pg_dump would show another text than after plain SQL, and whoever compares
 * schemas would find a difference.  A cast to what the array is already keeps the
 * two apart.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "base/token.h"
#include "script/reread.h"

#define ARRAY_BEGIN "(ARRAY["
#define ARRAY_END "])::text[]"
#define ELEMENT_CAST "::character varying"

static const char *
skip(const char *sql, const char *word)
{
	return strncmp(sql, word, strlen(word)) == 0 ? sql + strlen(word) : NULL;
}

/* Past the constants of a list, to the bracket; NULL if there are others in it. */
static const char *
end_of_constants(const char *sql)
{
	bool		escapes = false;

	while (sql != NULL && *sql != '\0')
	{
		do
			sql = gradual_token_end(sql, &escapes);
		while (*sql == '\'');
		sql = skip(sql, ELEMENT_CAST);
		if (sql == NULL || skip(sql, ARRAY_END) != NULL)
			return sql;
		sql = skip(sql, ", ");
	}
	return NULL;
}

char *
gradual_reread_same(const char *sql)
{
	StringInfoData result;
	bool		escapes = false;

	initStringInfo(&result);
	while (*sql != '\0')
	{
		const char *list = skip(sql, ARRAY_BEGIN);
		const char *bracket = list == NULL ? NULL : end_of_constants(list);
		const char *end = bracket == NULL ? gradual_token_end(sql, &escapes) : bracket + 1;

		appendBinaryStringInfo(&result, sql, end - sql);
		if (bracket != NULL)
			appendStringInfoString(&result, ELEMENT_CAST "[]");
		sql = end;
	}
	return result.data;
}
