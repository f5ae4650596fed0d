-- 用户查询: what the counter looks accounts up by. An outlet's accounts are found among its own, so that a search
-- costs the same in a city of any size.

-- A text as people mean it, whatever its width and case: ＤＧ００１ is dg001.
create function folded(text) returns text language sql immutable strict parallel safe
return lower(normalize($1, NFKC));

-- The pairs of neighbouring letters of name and address, and each letter of the name, under the outlet.
create function search_keys(outlet integer, name text, address text) returns text[]
language sql immutable parallel safe
return (
    select array_agg(distinct outlet || ':' || key)
    from (select substr(t, i, 2) as key
          from unnest(array[folded(name), folded(address)]) t, generate_series(1, length(t) - 1) i
          union all
          select substr(folded(name), i, 1) from generate_series(1, length(folded(name))) i) k
);

-- New accounts wait in a short list, which every search reads through.
create index account_words on account using gin (search_keys(outlet_id, payer_name, address))
    with (gin_pending_list_limit = 256);
-- Numbers by their ends, and by their beginnings.
create index account_no_end on account (outlet_id, reverse(folded(no)) text_pattern_ops);
create index account_phone_end on account (outlet_id, reverse(phone) text_pattern_ops);
create index meter_serial_end on meter (reverse(folded(serial_no)) text_pattern_ops);
create index account_no_start on account (outlet_id, folded(no) text_pattern_ops);
create index account_phone_start on account (outlet_id, phone text_pattern_ops);
create index meter_serial_start on meter (folded(serial_no) text_pattern_ops);
