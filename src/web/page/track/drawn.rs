//! What a track's page draws of its recording: line and curves as a viewer gets to see them, in a language.
//!
//! Reading a recording and drawing it costs milliseconds, many times all the rest of the page, so it is kept by
//! everything that decides it. Who may look is decided before, for each request; of whoever looks nothing is in it.

use super::stage;
use crate::datadir::DataDir;
use crate::error::Result;
use crate::gpx::Gpx;
use crate::maintenance::flag::Stamp;
use crate::model::figures::Figures;
use crate::model::track::Kind;
use crate::model::zone::Cut;
use crate::model::{TrackId, trackdir};
use crate::web::lang::Lang;
use crate::web::look::line::Line;
use crate::web::look::{Look, chart, shape};
use crate::web::page::recording::{self, seen::part};
use crate::web::shelf::Shelf;
use maud::Markup;
use std::sync::Arc;

/// Drawings by what they are of.
pub type Drawings = Shelf<(Stamp, Of), Arc<Drawn>>;

/// What all of them take, bytes.
pub const MOST_DRAWN: usize = 2 << 20;

/// All that decides a drawing, but what stands in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Of {
    /// Whose recording.
    pub id: TrackId,
    /// What is taken out of it for who looks.
    pub cut: Cut,
    /// What is taken out for others, where who looks is told whether that is anything.
    pub of_others: Option<Cut>,
    /// Recorded or planned: a plan has no speeds.
    pub kind: Kind,
    /// The clock of its times, minutes.
    pub offset: i32,
    /// Whether its figures are needed, as they are not stored.
    pub is_unmeasured: bool,
    /// The language of the labels.
    pub lang: Lang,
}

/// A drawing, as HTML.
#[derive(Debug)]
pub struct Drawn {
    /// The line, on a phone's and on a desk's stage; absent when there is none.
    pub line: Option<[Markup; 2]>,
    /// What a script needs of the curves.
    pub facts: String,
    /// The curves and their table.
    pub curves: Markup,
    /// The figures of what is seen; absent where that is the whole.
    pub shortened: Option<Figures>,
    /// The figures of the whole, where they were asked for.
    pub whole: Option<Figures>,
    /// Whether anything is taken out for others.
    pub hides_from_others: bool,
}

impl Drawn {
    fn new(whole: Gpx, of: &Of) -> Drawn {
        let hides = |cut: &Cut| whole.points().iter().any(|point| cut.hides(point.lat, point.lon));
        let hides_from_others = of.of_others.as_ref().is_some_and(hides);
        let figures = of.is_unmeasured.then(|| recording::figures(&whole));
        let (seen, shortened) = part(whole, &of.cut);
        let profile = recording::profile(&seen, of.offset);
        // The language alone: what is kept is shown to others.
        let look = Look {
            lang: of.lang,
            prefix: String::new(),
            csrf: String::new(),
        };
        Drawn {
            line: line(&recording::line(&seen), of.kind == Kind::Planned),
            facts: chart::facts(&look, &profile),
            curves: stage::curves(&look, &profile, of.kind),
            shortened,
            whole: figures,
            hides_from_others,
        }
    }

    /// Bytes that it takes.
    fn size(&self) -> usize {
        let line: usize = self.line.iter().flatten().map(|stage| stage.0.capacity()).sum();
        size_of::<Self>() + size_of::<Of>() + line + self.facts.capacity() + self.curves.0.capacity()
    }
}

fn line(line: &Line, planned: bool) -> Option<[Markup; 2]> {
    (!line.is_empty()).then(|| [shape::PHONE, shape::DESK].map(|frame| shape::course(line, planned, frame)))
}

/// The drawing, kept or made now; absent when the recording is missing or damaged.
///
/// # Errors
/// As [`recording::find`].
pub fn find(dir: &DataDir, of: Of, drawings: &Drawings) -> Result<Option<Arc<Drawn>>> {
    let stamp = trackdir::find_gpx_stamp(dir, of.id);
    let key = stamp.map(|stamp| (stamp, of.clone()));
    if let Some(kept) = key.and_then(|key| drawings.find(&key)) {
        return Ok(Some(kept));
    }
    let Some((whole, stamp)) = recording::find_stamped(dir, of.id)? else {
        return Ok(None);
    };
    let drawn = Arc::new(Drawn::new(whole, &of));
    if let Some(stamp) = stamp {
        drawings.keep((stamp, of), Arc::clone(&drawn), drawn.size());
    }
    Ok(Some(drawn))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UserId;
    use crate::model::zone::{self, Named};
    use crate::web::page::visitor::Site;

    const TRACK: TrackId = TrackId(1);

    fn is_cut(page: &str) -> bool {
        page.contains(crate::web::text::track::CUT.en)
    }

    /// A zone where a track begins.
    fn home(dir: &DataDir) -> Named {
        let whole = recording::find_whole(dir, TRACK).unwrap().unwrap();
        let start = &whole.points()[0];
        Named {
            name: "Home".into(),
            circle: crate::gpx::Circle {
                lat: start.lat,
                lon: start.lon,
                radius: 300.0,
            },
        }
    }

    #[test]
    fn what_is_kept_is_what_would_be_drawn_and_every_change_shows_at_once() {
        let site = Site::new();
        let (dir, drawings) = (&site.app.instance.dir, &site.app.drawings);
        let db = crate::db::open(&site.app.instance.config.database).unwrap();
        let owner: i64 = db
            .query_row("SELECT owner_id FROM tracks WHERE id = 1", [], |row| row.get(0))
            .unwrap();
        let page = || site.stranger().get("/track/1").text();
        let first = page();
        assert_eq!(
            drawings.taken(),
            (0, 0),
            "a file that was just written may change unseen"
        );
        crate::web::page::visitor::settle();
        assert_eq!([page(), page()], [first.clone(), first.clone()]);
        let (count, size) = drawings.taken();
        assert!(
            count == 1 && size > first.len() / 4 && size <= MOST_DRAWN,
            "{count}, {size}"
        );

        // A zone, and a change of it.
        zone::insert(&db, UserId(owner), &home(dir)).unwrap();
        let cut = page();
        assert!(!is_cut(&first) && is_cut(&cut) && page() == cut);
        let mine = site.logged_in("alice@example.org").get("/track/1").text();
        assert!(!is_cut(&mine) && mine.contains(crate::web::text::track::DOTTED.en));
        let zone = zone::list(&db, UserId(owner)).unwrap().remove(0);
        let mut wider = home(dir);
        wider.circle.radius = 400.0;
        zone::update(&db, UserId(owner), zone.id, &wider).unwrap();
        assert!(is_cut(&page()));
        assert_ne!(page(), cut);
        zone::delete(&db, UserId(owner), zone.id).unwrap();
        assert_eq!(page(), first);

        // Whose it is, and who may see it.
        zone::insert(&db, UserId(3), &home(dir)).unwrap();
        db.execute("UPDATE tracks SET owner_id = 3 WHERE id = 1", []).unwrap();
        assert!(is_cut(&page()));
        db.execute("UPDATE tracks SET visibility = 'PRIVATE' WHERE id = 1", [])
            .unwrap();
        assert_eq!(site.stranger().get("/track/1").status, 403);
        db.execute(
            "UPDATE tracks SET owner_id = ?1, visibility = 'PUBLIC' WHERE id = 1",
            [owner],
        )
        .unwrap();
        assert_eq!(page(), first);

        // The file.
        let other = "<gpx version=\"1.1\"><trk><trkseg><trkpt lat=\"1\" lon=\"2\"><ele>1</ele></trkpt>\
            <trkpt lat=\"1.01\" lon=\"2\"><ele>9</ele></trkpt></trkseg></trk></gpx>";
        std::fs::write(dir.track_gpx(1), trackdir::compress(other.as_bytes()).unwrap()).unwrap();
        assert_ne!(page(), first);
        for file in [dir.track_gpx(1), dir.track_backup(1)] {
            std::fs::write(file, "torn").unwrap();
        }
        assert!(page().contains(crate::web::text::track::NO_RECORDING.en));
    }
}
