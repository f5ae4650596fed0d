select id, name from organisation
where kind in ('water_branch', 'waterworks', 'sanitation_station')
order by id
