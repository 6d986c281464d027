/** Functions that compute from what they are given, or tell of the database, and change nothing. SPEC 11.1. */
const NAMES = new Set(
  `abs age array_agg array_append array_cat array_length array_position array_remove array_to_string ascii avg bit_and
  bit_or bool_and bool_or btrim cardinality ceil ceiling char_length character_length charindex chr clock_timestamp
  col_description concat concat_ws corr count cume_dist current_database current_schema current_setting date date_add
  date_bin date_format date_part date_sub date_trunc datediff datetime decode dense_rank encode every exp extract
  first_value floor format gen_random_uuid generate_series group_concat has_table_privilege ifnull initcap instr isnull
  json_agg json_array_elements json_array_elements_text json_array_length json_build_array json_build_object json_each
  json_each_text json_extract json_extract_path json_extract_path_text json_object_agg json_typeof jsonb_agg
  jsonb_array_elements jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each
  jsonb_each_text jsonb_extract_path jsonb_extract_path_text jsonb_object_agg jsonb_object_keys jsonb_path_exists
  jsonb_path_query jsonb_pretty jsonb_set jsonb_typeof julianday lag last_value lead left length like_escape ln log
  lower lpad ltrim make_date make_interval make_timestamp max md5 min mod mode now nth_value ntile nvl obj_description
  octet_length overlaps overlay percent_rank percentile_cont percentile_disc pg_database_size pg_get_constraintdef
  pg_get_functiondef pg_get_indexdef pg_get_viewdef pg_indexes_size pg_relation_size pg_size_pretty pg_table_size
  pg_total_relation_size pg_typeof plainto_tsquery position power quote_ident quote_literal random rank regexp_count
  regexp_like regexp_match regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table regexp_substr
  repeat replace reverse right round row_number row_to_json rpad rtrim sha256 sign similarity split_part sqrt
  statement_timestamp stddev stddev_pop stddev_samp strftime string_agg string_to_array strpos substr substring sum
  timezone to_char to_date to_json to_jsonb to_number to_timestamp to_tsquery to_tsvector transaction_timestamp trunc
  ts_headline ts_rank unnest upper var_pop var_samp variance version websearch_to_tsquery width_bucket`.split(/\s+/),
)

/** Another schema can have a function of the same name. */
export const isReadingFunction = (path: readonly string[]): boolean =>
  path.length <= 2 && (path.length === 1 || path[0] === 'pg_catalog') && NAMES.has(path.at(-1) ?? '')
