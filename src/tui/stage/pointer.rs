//! A lesson points at the part of the picture that it speaks of: `▸` before its heading, or in an instance's title.

use super::geometry::Geometry;
use super::paint::Brush;
use crate::lesson::about::About;
use crate::scene::Scene;
use crate::tui::theme::Role;
use ratatui::layout::Rect;

/// Points at a part of the picture that was drawn into `area`; at nothing if that part is not in this world.
pub(in crate::tui) fn point(scene: &Scene, about: About, area: Rect, brush: &mut Brush) {
    let Some(places) = Geometry::new(area, scene.store.is_some()) else { return };
    let Some((x, y)) = place(&places, scene, about) else { return };
    brush.text(x, y, 1, "▸", brush.theme.bold(Role::State));
}

fn place(places: &Geometry, scene: &Scene, about: About) -> Option<(u16, u16)> {
    let heading = |x: u16| Some((x.saturating_sub(1), places.heading));
    match about {
        About::Clients => heading(places.clients.x),
        About::Balancer => heading(places.balancer_title()),
        About::Instances => heading(places.instances.x),
        About::Store => heading(places.store.x).filter(|_| places.store.width > 0),
        About::Instance(id) => {
            let at = scene.instances.iter().position(|it| it.id == id)?;
            match places.boxes(scene) {
                Some(boxes) => boxes.get(at).map(|area| (area.x + 1, area.y)),
                None => Some((places.instances.x.saturating_sub(1), places.grid(scene).of(at).y)),
            }
        }
        About::Figures => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Home, Scenario};
    use crate::tui::stage::{StageView, render};
    use crate::tui::theme::{Palette, Theme};
    use crate::units::Nanos;
    use ratatui::buffer::Buffer;

    /// What stands right of the mark, or nothing if there is none.
    fn marked(home: Home, about: About, width: u16) -> Option<String> {
        let scene = Scene::new(&Scenario::default(), home);
        let view = StageView { now: Nanos::ZERO, selected: None, marked: None, pace: 1.0, motion: false };
        let theme = Theme::new(Palette::Dark, false);
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, 17));
        let area = buffer.area;
        render(&scene, &view, &theme, area, &mut buffer);
        point(&scene, about, area, &mut Brush::new(&mut buffer, area, &theme));
        let at = area.positions().find(|at| buffer[*at].symbol() == "▸")?;
        let row: String = (at.x + 1..area.right()).map(|x| buffer[(x, at.y)].symbol()).collect();
        Some(row.trim_start().chars().take(5).collect())
    }

    #[test]
    fn each_part_is_pointed_at_where_it_is_named() {
        for width in [80, 120, 200] {
            for (about, heading) in [(About::Clients, "CLIEN"), (About::Balancer, "BALAN"), (About::Instances, "INSTA")]
            {
                assert_eq!(marked(Home::Sticky, about, width).as_deref(), Some(heading), "{width}");
            }
            assert_eq!(marked(Home::Store, About::Store, width).as_deref(), Some("STORE"), "{width}");
        }
    }

    #[test]
    fn nothing_is_pointed_at_that_is_not_there() {
        assert_eq!(marked(Home::Sticky, About::Store, 120), None);
        assert_eq!(marked(Home::Sticky, About::Instance(9), 120), None);
    }
}
