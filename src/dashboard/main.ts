import { createActions } from './actions.ts'
import { createApi } from './api.ts'
import { createChartsView } from './charts.ts'
import { createConnection } from './connection.ts'
import { byId } from './dom.ts'
import { createPages } from './pages.ts'
import { createStore } from './store.ts'
import { createToast } from './toast.ts'
import { createTokenStore } from './token.ts'
import { createUnlockView } from './unlock.ts'
import { createBackendsView } from './view-backends.ts'
import { createCertificatesView } from './view-certificates.ts'
import { createConfigView } from './view-config.ts'
import { createEventsView } from './view-events.ts'
import { createExplainView } from './view-explain.ts'
import { createLinkView } from './view-link.ts'
import { createRequestsView } from './view-requests.ts'
import { createRotationView } from './view-rotation.ts'
import { createRoutesView } from './view-routes.ts'
import { createWorkersView } from './view-workers.ts'

const token = createTokenStore()
const api = createApi(token)
const store = createStore()
const connection = createConnection(api, store)
const actions = createActions(api, store, createToast(), connection.readBackends)

store.show(createLinkView())
store.show(createUnlockView(token, connection))
store.show(createChartsView())
store.show(createRotationView())
store.show(createBackendsView(actions))
store.show(createEventsView())
createExplainView(api, store)
const pages = createPages()
store.show(createConfigView())
store.show(createCertificatesView(api))
store.show(createRequestsView(pages))
createRoutesView(api, store, pages)
createWorkersView(api, store, pages)

byId('retry').addEventListener('click', connection.connect)
addEventListener('online', connection.connect)
connection.connect()
